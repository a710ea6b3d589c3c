import { lstatSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Recorder } from '../src/recorder.js'
import { Database, NUMBERS } from './support/spooled.js'
import { newDirectory } from './support/spools.js'

type Command =
  | { do: 'record'; count: number }
  | { do: 'away' | 'back' | 'breakDisk' | 'mendDisk' | 'kept' | 'reopen' | 'flush' }
  | { do: 'wait'; time: number }

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('record' as const), count: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), time: fc.nat(15) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('away' as const, 'back' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('breakDisk' as const, 'mendDisk' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('kept' as const, 'reopen' as const, 'flush' as const) }) },
)

/** Recorders that follow one another over one directory, in front of one database. */
class Run {
  readonly database = new Database()
  readonly directory = newDirectory()
  private readonly folder = join(this.directory, NUMBERS.name)
  private recorder: Recorder<number, number>
  private next = 0
  isReopened = false
  dropped = 0

  constructor(private readonly durable: boolean) {
    mkdirSync(join(this.directory, 'real'))
    this.mendDisk()
    this.recorder = this.opened()
  }

  private opened(): Recorder<number, number> {
    return new Recorder<number, number>(
      this.database.write,
      {
        batch: 7,
        interval: 2,
        limit: 60,
        deadline: 20_000,
        durable: this.durable,
        spool: { directory: this.directory },
        onError: () => {},
      },
      { codec: NUMBERS },
    )
  }

  async run(command: Command): Promise<void> {
    if (command.do === 'record') for (let n = 0; n < command.count; n++) this.recorder.record(this.next++)
    if (command.do === 'wait') await sleep(command.time)
    if (command.do === 'away') this.database.isAway = true
    if (command.do === 'back') this.database.isAway = false
    if (command.do === 'breakDisk') this.breakDisk()
    if (command.do === 'mendDisk') this.mendDisk()
    if (command.do === 'kept' && (!this.isBroken || !this.database.isAway)) await this.recorder.kept()
    if (command.do === 'flush' && !this.database.isAway) await this.recorder.flush()
    if (command.do === 'reopen') await this.reopen()
  }

  /** What was written so far is out of reach as well, until it is mended. Both are done at once: the recorder tries meanwhile. */
  private breakDisk(): void {
    writeFileSync(join(this.directory, 'other'), '')
    renameSync(join(this.directory, 'other'), this.folder)
  }

  private mendDisk(): void {
    symlinkSync(join(this.directory, 'real'), join(this.directory, 'other'))
    renameSync(join(this.directory, 'other'), this.folder)
  }

  private get isBroken(): boolean {
    return !lstatSync(this.folder).isSymbolicLink()
  }

  private async reopen(): Promise<void> {
    this.mendDisk()
    await this.recorder.close()
    this.dropped += this.lost
    this.isReopened = true
    this.recorder = this.opened()
  }

  private get lost(): number {
    const { full, closed, refused, broken } = this.recorder.counts.dropped
    expect([closed, refused, broken]).toEqual([0, 0, 0])
    return full
  }

  /** Everything is there again; resolves to what the database has when nothing is left anywhere else. */
  async end(): Promise<{ kept: readonly number[]; recorded: number; dropped: number }> {
    this.mendDisk()
    this.database.isAway = false
    await this.recorder.flush()
    await expect
      .poll(() => [this.recorder.counts.queued, this.recorder.counts.lag], { timeout: 15_000, interval: 5 })
      .toEqual([0, 0])
    await this.recorder.close()
    this.dropped += this.lost
    // What others left may be taken over by the next only, which finds it in its own time.
    this.recorder = this.opened()
    await expect.poll(() => this.database.kept.length + this.dropped, { timeout: 15_000, interval: 5 }).toBe(this.next)
    await this.recorder.close()
    return { kept: this.database.kept, recorded: this.next, dropped: this.dropped }
  }
}

it('whatever the database and the disk do, what was recorded is written or counted as dropped, in its order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(command, { maxLength: 25 }), async (durable, commands) => {
      const run = new Run(durable)
      for (const each of commands) await run.run(each)
      const { kept, recorded, dropped } = await run.end()
      expect(kept.length + dropped).toBe(recorded)
      // What a process left comes beside what the next one records.
      if (!run.isReopened) expect(kept).toEqual([...kept].sort((a, b) => a - b))
    }),
    { numRuns: 60 },
  )
}, 120_000)
