import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreError } from '@freehold/contract'
import { afterEach, describe, expect, it } from 'vitest'
import type { ProcessorOptions } from '../src/index.js'
import { MemoryWriter } from './support/memory-writer.js'
import { setUp } from './support/processors.js'

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'freehold-spans-'))
  directories.push(directory)
  return directory
}

/** A processor with a spool, in front of a store that is away unless told. */
function spooled(directory: string, { isAway = true, ...options }: ProcessorOptions & { isAway?: boolean } = {}) {
  const writer = new MemoryWriter()
  const store = { isAway }
  const write = writer.write.bind(writer)
  writer.write = async (batch) => {
    if (store.isAway) throw new StoreError('unavailable', 'the database is away')
    return write(batch)
  }
  return { store, ...setUp({ spool: { directory }, interval: 5, ...options }, writer) }
}

describe('a processor with a spool', () => {
  it('that is shut down while the database is away loses nothing', async () => {
    const directory = newDirectory()
    const one = spooled(directory)
    for (let n = 0; n < 10; n++) one.tracer.startSpan(`span ${n}`, { attributes: { n } }).end()
    await one.provider.shutdown()
    const { writer, processor, provider } = spooled(directory, { isAway: false })
    await expect
      .poll(() => [...writer.spans.values()].map(({ name }) => name))
      .toEqual(Array.from({ length: 10 }, (_, n) => `span ${n}`))
    expect(processor.counts).toMatchObject({ recorded: 0, replayed: 10, written: 10 })
    await provider.shutdown()
    expect(readdirSync(join(directory, 'spans-1'))).toEqual([])
  })

  it('that is durable has on the disk what it says is kept', async () => {
    const directory = newDirectory()
    const { tracer, processor, provider } = spooled(directory, { durable: true })
    tracer.startSpan('kept').end()
    await processor.kept()
    const [segment] = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.segment'),
    )
    expect(readFileSync(join(directory, segment!), 'latin1')).toContain('"name":"kept"')
    await provider.shutdown()
  })

  it('names what the store rejects, though it comes from the disk', async () => {
    const directory = newDirectory()
    const one = spooled(directory, { durable: true })
    one.tracer.startSpan('early', { startTime: [-5, 0] }).end()
    await one.provider.shutdown()
    const rejected: unknown[] = []
    const { provider } = spooled(directory, { isAway: false, onRejected: (all) => rejected.push(...all) })
    await expect.poll(() => rejected).toMatchObject([{ name: 'early', spanId: expect.stringMatching(/^\w{16}$/) }])
    await provider.shutdown()
  })
})

it('a processor cannot be told to wait', () => {
  expect(() => setUp({ overflow: 'wait' })).toThrow(
    'recorder options: overflow: is wait, but nobody waits when a span ends; leave it out, and give a spool',
  )
})
