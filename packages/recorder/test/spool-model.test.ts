import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Place, Spool } from '../src/spool/spool.js'
import { newDirectory, open, segmentsIn } from './support/spools.js'

/** What a spool must hold: what was appended and not acknowledged, and how many of them something broke. */
interface Model {
  /** In order, each with its number. */
  kept: Map<number, string>
  /** Read and not acknowledged, in order. */
  held: { id: number; place: Place }[]
  /** Read last by this process. */
  last: number
  next: number
  damaged: number
}

type Command =
  | { do: 'append'; sizes: number[] }
  | { do: 'read'; count: number }
  | { do: 'acknowledge'; which: number[] }
  | { do: 'reopen' }
  | { do: 'cut'; bytes: number }
  | { do: 'flip'; at: number; by: number }

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      sizes: fc.array(fc.nat(300), { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), count: fc.integer({ min: 1, max: 8 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('acknowledge' as const), which: fc.array(fc.nat(20), { maxLength: 8 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), bytes: fc.integer({ min: 1, max: 200 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('flip' as const),
      at: fc.nat(100_000),
      by: fc.integer({ min: 1, max: 255 }),
    }),
  },
)

/** A record that says which it is. */
const textOf = (id: number, size: number) => `${id} ${'x'.repeat(size)}`

class Run {
  readonly model: Model = { kept: new Map(), held: [], last: -1, next: 0, damaged: 0 }
  private constructor(
    private readonly directory: string,
    private spool: Spool,
  ) {}

  static async start(): Promise<Run> {
    const directory = newDirectory()
    return new Run(directory, await Run.opened(directory))
  }

  /** Small segments, so that there are some. */
  private static opened(directory: string): Promise<Spool> {
    return open(directory, { limit: 4_000 })
  }

  async run(command: Command): Promise<void> {
    const { model } = this
    if (command.do === 'append') {
      const records = command.sizes.map((size, i) => ({ id: model.next + i, text: textOf(model.next + i, size) }))
      const isKept = await this.spool.append(records.map(({ text }) => Buffer.from(text))).then(
        () => true,
        (error: { problem: string }) => {
          expect(error.problem).toBe('full')
          return false
        },
      )
      model.next += records.length
      if (isKept) for (const { id, text } of records) model.kept.set(id, text)
    } else if (command.do === 'read') await this.read(command.count)
    else if (command.do === 'acknowledge') {
      const gone = new Set(command.which.map((index) => model.held[index % Math.max(1, model.held.length)]))
      const held = model.held.filter((each) => gone.has(each))
      this.spool.acknowledge(held.map(({ place }) => place))
      model.held = model.held.filter((each) => !gone.has(each))
      for (const { id } of held) model.kept.delete(id)
    } else await this.reopen(command)
  }

  /** What is read is what was appended, and in the order in which it was. */
  async read(count: number): Promise<number> {
    const { model } = this
    const read = await this.spool.read(count)
    for (const { place, bytes } of read) {
      const id = Number.parseInt(bytes.toString(), 10)
      if (model.kept.has(id)) expect(bytes.toString()).toBe(model.kept.get(id))
      expect(id).toBeGreaterThan(model.last)
      model.last = id
      model.held.push({ id, place })
    }
    return read.length
  }

  /** Ends the process, breaks something, and starts another one. What was held is read again. */
  private async reopen(command: Command): Promise<void> {
    await this.spool.close()
    const [path] = segmentsIn(this.directory).slice(-1)
    if (path !== undefined && command.do === 'cut') {
      const { length } = readFileSync(path)
      this.model.damaged += 1
      truncateSync(path, Math.max(0, length - command.bytes))
    }
    if (path !== undefined && command.do === 'flip') {
      const bytes = readFileSync(path)
      this.model.damaged += 1
      if (bytes.length > 0) bytes[command.at % bytes.length]! ^= command.by
      writeFileSync(path, bytes)
    }
    this.model.held = []
    this.model.last = -1
    this.spool = await Run.opened(this.directory)
  }

  /** Ids that are read to the end, and what is lost on the way. */
  async drain(): Promise<number[]> {
    while ((await this.read(5)) > 0);
    const { held } = this.model
    return held.map(({ id }) => id)
  }
}

it('a spool is what the model is: nothing is lost but what was broken, and all comes in its order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
      const run = await Run.start()
      for (const each of commands) await run.run(each)
      const seen = new Set(await run.drain())
      const missing = [...run.model.kept.keys()].filter((id) => !seen.has(id))
      // A flip breaks one record. A cut breaks as many as end in those bytes, each of 24 at least.
      const most = commands.reduce(
        (sum, each) => sum + (each.do === 'flip' ? 1 : each.do === 'cut' ? Math.ceil(each.bytes / 24) : 0),
        0,
      )
      expect(missing.length).toBeLessThanOrEqual(most)
      if (run.model.damaged === 0) expect(missing).toEqual([])
    }),
    { numRuns: 150 },
  )
}, 120_000)
