import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { optionsOf } from '../src/options.js'
import { plainRun, plainTraces } from '../src/peers/child/plain.js'
import { FrameReader, PROTOCOLS } from '../src/peers/frames.js'
import { comparisonsOf, peersPageOf, tablesOf } from '../src/peers/page.js'
import { type PeerLine, type PeerResult, sizesFor } from '../src/peers/result.js'
import { resultsOf } from '../src/report.js'

const line = (what: string, unit: PeerLine['unit'], figures: PeerLine['figures']): PeerLine => {
  return { what, unit, figures, failures: {} }
}
const LINES: PeerLine[] = [
  line('list', 'ms', { freehold: 2, mastra: 4, langgraph: 1 }),
  line('ingest', 'spans/s', { freehold: 100, mastra: 400 }),
  { ...line('tool', 'ms', { freehold: 3 }), failures: { mastra: 'it cannot' } },
]

test('where a peer is ahead comes first, the farthest before the others', () => {
  const { ahead, behind } = comparisonsOf(LINES)
  expect(ahead.map(({ what, peer, ratio }) => [what, peer, ratio])).toEqual([
    ['ingest', 'mastra', 0.25],
    ['list', 'langgraph', 0.5],
  ])
  expect(behind.map(({ what, peer, ratio }) => [what, peer, ratio])).toEqual([['list', 'mastra', 2]])
  const tables = tablesOf(LINES)
  expect(tables.indexOf('Where a peer is ahead:')).toBeLessThan(tables.indexOf('Everything else:'))
  expect(tables).toContain('- Mastra: it cannot (tool)')
})

test('a table says so where no peer is ahead', () => {
  expect(tablesOf([line('list', 'ms', { freehold: 1, mastra: 1 })])).toContain('No peer is ahead anywhere.')
})

test('a page of peers has a section for each engine, with its machine, sizes, versions and settings', () => {
  const result: PeerResult = {
    engine: 'sqlite',
    date: '2026-01-01',
    version: '3',
    how: 'here',
    settings: { synchronous: 'FULL' },
    machine: { cpu: 'a cpu', cores: 2, memoryGiB: 4, platform: 'linux x64', node: '24.0.0', load: 0.1 },
    stores: { mastra: 'a store 1.0.0' },
    sizes: sizesFor('sqlite', { quick: true, short: false }),
    lines: LINES,
  }
  const page = peersPageOf([{ ...result, engine: 'mysql' }, result])
  expect(page.match(/^## .*/gm)).toEqual(['## SQLite', '## MySQL', '## How to read this'])
  for (const fact of [
    'Node.js 24.0.0',
    'a cpu, 2 cores',
    '`synchronous=FULL`',
    'Mastra: a store 1.0.0.',
    'medians of 1',
  ])
    expect(page).toContain(fact)
})

test('the page of peers of this repository is the one that its figures make', () => {
  const [page, figures] = ['.md', '.json'].map((ending) =>
    readFileSync(new URL(`../../../docs/benchmarks-peers${ending}`, import.meta.url), 'utf8'),
  )
  expect(page).toBe(peersPageOf(resultsOf<PeerResult>(figures!)))
})

test('--peers has scenarios of its own', () => {
  expect(optionsOf(['--peers', '--only', 'histories', 'sqlite'])).toMatchObject({ peers: true, only: ['histories'] })
  expect(() => optionsOf(['--only', 'histories'])).toThrow('there is no scenario histories')
  expect(() => optionsOf(['--peers', '--only', 'auditing'])).toThrow('there is no scenario auditing')
  expect(() => optionsOf(['--peers', '--profile'])).toThrow('either --peers or --profile')
  expect(() => optionsOf(['--short'])).toThrow('--short is for --peers')
})

test('spans are the same for the same seed, of about the size that is asked for, and repeat no text', () => {
  for (const bytes of [500, 2400, 50_000]) {
    const wanted = { seed: 1, traces: 3, spans: 10, bytes, from: 1_700_000_000_000 }
    const spans = plainTraces(wanted).flat()
    expect(plainTraces(wanted).flat()).toEqual(spans)
    expect(new Set(spans.flatMap(({ input, output }) => [input, output])).size).toBe(60)
    const size = JSON.stringify(spans).length / spans.length
    expect(size).toBeGreaterThan(bytes * 0.9)
    expect(size).toBeLessThan(bytes * 1.1)
  }
})

test('a run has about 10 KB', () => {
  expect(JSON.stringify(plainRun(1)).length).toBeGreaterThan(9500)
  expect(JSON.stringify(plainRun(1)).length).toBeLessThan(10_800)
})

test('statements are counted in what a client of PostgreSQL sends, however it is cut', () => {
  const startup = Buffer.from([0, 0, 0, 9, 0, 3, 0, 0, 0])
  const message = (type: string, length: number) => {
    const buffer = Buffer.alloc(length + 1, 'Q')
    buffer.write(type, 0)
    buffer.writeUInt32BE(length, 1)
    return buffer
  }
  const sent = Buffer.concat([
    startup,
    message('P', 500),
    message('B', 90),
    message('E', 9),
    message('S', 4),
    message('Q', 70),
  ])
  expect(statementsIn('postgres', sent)).toEqual([2, 2])
})

test('statements are counted in what a client of MySQL sends', () => {
  const packet = (sequence: number, command: number, length: number) => {
    const buffer = Buffer.alloc(4 + length, 3)
    buffer.writeUIntLE(length, 0, 3)
    buffer[3] = sequence
    buffer[4] = command
    return buffer
  }
  const sent = Buffer.concat([
    packet(1, 3, 60),
    packet(0, 3, 300),
    packet(0, 0x16, 20),
    packet(0, 0x17, 10),
    packet(0, 1, 1),
  ])
  expect(statementsIn('mysql', sent)).toEqual([2, 2])
})

test('commands of an application are counted in what a client of MongoDB sends', () => {
  const message = (command: string, length: number) => {
    const buffer = Buffer.alloc(length)
    buffer.writeUInt32LE(length, 0)
    buffer.writeUInt32LE(2013, 12)
    buffer.write(command, 26, 'latin1')
    return buffer
  }
  const sent = Buffer.concat([message('hello', 100), message('insert', 5000), message('find', 90), message('ping', 60)])
  expect(statementsIn('mongodb', sent)).toEqual([2, 2])
})

/** Read at once, and byte by byte. */
function statementsIn(engine: keyof typeof PROTOCOLS, sent: Buffer): number[] {
  return [sent.length, 1].map((size) => {
    let statements = 0
    const reader = new FrameReader(PROTOCOLS[engine](), () => statements++)
    for (let at = 0; at < sent.length; at += size) reader.read(sent.subarray(at, at + size))
    return statements
  })
}
