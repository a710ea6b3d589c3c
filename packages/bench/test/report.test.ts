import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { race, sampleOf } from '../src/measure.js'
import { optionsOf } from '../src/options.js'
import { profileTable } from '../src/profile/profile.js'
import { stagesOf } from '../src/profile/stages.js'
import { figuresOf, merged, pageOf, resultsOf } from '../src/report.js'
import { type EngineResult, lineOf, QUICK, withBudget } from '../src/result.js'
import { batchOf, SPANS_PER_TRACE } from '../src/spans.js'
import { tableOf } from '../src/table.js'

const NO_PROFILES = { before: [], now: [] }
const sample = (median: number) => ({ median, least: median / 2, most: median * 2 })
const line = lineOf({ what: 'ingest', unit: 'spans/s', items: 500, freehold: sample(100), raw: sample(50) })

function resultOf(engine: EngineResult['engine'], date: string): EngineResult {
  const machine = { cpu: 'a cpu', cores: 2, memoryGiB: 4, platform: 'linux x64', node: '20.0.0', load: 0.1 }
  return {
    engine,
    date,
    version: '1 -- two --> three',
    how: 'here',
    driver: 'driver 1',
    settings: { fsync: 'on' },
    technique: 'INSERT',
    machine,
    sizes: QUICK,
    measured: [withBudget(line, 'share ≥ 0.7', false)],
  }
}

test('a file of figures gives back the results', () => {
  const results = [resultOf('sqlite', '2026-01-01'), resultOf('mongodb', '2026-01-02')]
  expect(resultsOf(figuresOf(results))).toEqual(results)
})

test('an engine that is measured again replaces its own section only', () => {
  const before = [resultOf('mongodb', '2026-01-01'), resultOf('sqlite', '2026-01-01')]
  const results = merged(before, [resultOf('sqlite', '2026-02-02')])
  expect(results.map(({ engine, date }) => [engine, date])).toEqual([
    ['mongodb', '2026-01-01'],
    ['sqlite', '2026-02-02'],
  ])
  expect(pageOf(results, NO_PROFILES).match(/^## .*/gm)).toEqual([
    '## SQLite',
    '## MongoDB',
    '## Where the time of a batch goes',
    '## Not measured',
    '## How to read this',
  ])
})

test('what speaks the protocol of MongoDB and is another engine has its own name, and a word about its front end', () => {
  const version = 'DocumentDB 1.0-0, PostgreSQL 18.6, which answers as MongoDB 7.0.0'
  const page = pageOf([{ ...resultOf('mongodb', '2026-01-01'), version }], NO_PROFILES)
  expect(page).toContain("\n## DocumentDB (MongoDB's protocol)\n\nThis is not MongoDB.")
  expect(page).toContain(`Measured 2026-01-01 on ${version}, here;`)
  expect(pageOf([resultOf('mongodb', '2026-01-01')], NO_PROFILES)).not.toContain('This is not MongoDB.')
})

test('the page of this repository is the one that its figures make', () => {
  const [page, figures, profiles] = ['.md', '.json', '-profile.json'].map((ending) =>
    readFileSync(new URL(`../../../docs/benchmarks${ending}`, import.meta.url), 'utf8'),
  )
  expect(page).toBe(pageOf(resultsOf(figures!), JSON.parse(profiles!)))
})

test('a file of figures that is not there yet has no results', () => {
  expect(resultsOf('')).toEqual([])
})

test('a line has the rate of the median, and the share of the time by hand', () => {
  expect(line).toMatchObject({ freehold: 5000, raw: 10_000, share: 0.5, range: [2500, 10_000] })
})

test('a table says which budget is missed', () => {
  const table = tableOf([withBudget(line, 'share ≥ 0.7', false), withBudget(line, 'share ≥ 0.4', true)])
  expect(table).toMatch(/5,000 spans\/s .* 0\.50 .* share ≥ 0\.7 .*✗/)
  expect(table).toMatch(/share ≥ 0\.4 .*✓/)
})

test('the median of an even number is the mean of the two in the middle', () => {
  expect(sampleOf([4, 1, 3, 2])).toEqual({ median: 2.5, least: 1, most: 4 })
  expect(sampleOf([9, 1, 5]).median).toBe(5)
})

test('two sides take turns', async () => {
  const turns: string[] = []
  const side = (name: string) => async (repetition: number) => async () => turns.push(`${name}${repetition}`)
  await race(2, side('a'), side('b'))
  expect(turns).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2'])
})

test('spans are the same for the same seed, and about 2.4 KB', () => {
  const batch = batchOf(1, 100, 1_700_000_000_000)
  expect(batchOf(1, 100, 1_700_000_000_000)).toEqual(batch)
  expect(new Set(batch.map(({ traceId, spanId }) => traceId + spanId)).size).toBe(100)
  expect(new Set(batch.map(({ traceId }) => traceId)).size).toBe(100 / SPANS_PER_TRACE)
  expect(JSON.stringify(batch).length / 100).toBeGreaterThan(2200)
  expect(JSON.stringify(batch).length / 100).toBeLessThan(2700)
})

test('engines are measured in their own order, and an unknown one is refused', () => {
  expect(optionsOf(['mysql', 'sqlite']).engines).toEqual(['sqlite', 'mysql'])
  expect(optionsOf([]).lenient).toBe(true)
  expect(() => optionsOf(['oracle'])).toThrow('there is no engine oracle')
  expect(() => optionsOf(['--only', 'nothing'])).toThrow('there is no scenario nothing')
  expect(() => optionsOf(['--fast'])).toThrow()
})

test('a profile has each sample in the stage of the innermost frame that belongs to one', () => {
  const frame = (functionName: string, url = '') => ({
    functionName,
    url,
    scriptId: '',
    lineNumber: 0,
    columnNumber: 0,
  })
  const nodes = [
    { id: 1, callFrame: frame('(root)'), children: [2, 5, 6, 7] },
    { id: 2, callFrame: frame('insertNew', 'file:///x/sql/dist/database.js'), children: [3] },
    { id: 3, callFrame: frame('query', 'file:///x/node_modules/pg/lib/client.js'), children: [4] },
    { id: 4, callFrame: frame('write', 'node:internal/buffer') },
    { id: 5, callFrame: frame('(idle)') },
    { id: 6, callFrame: frame('summarise', 'file:///x/contract/dist/rules/summarise.js') },
    { id: 7, callFrame: frame('acceptSpan', 'file:///x/contract/dist/rules/accept-span.js') },
  ]
  const samples = [2, 4, 5, 6, 7, 1]
  const stages = stagesOf({ nodes, samples, timeDeltas: [0, 1000, 2000, 3000, 4000, 5000], startTime: 0, endTime: 0 })
  expect(stages).toEqual({ encoding: 1, driver: 2, waiting: 3, merging: 4, checking: 5, collecting: 0, other: 0 })
  const table = profileTable([{ title: 'SQLite', batches: 1, whole: 15, stages }])
  expect(table).toMatch(/\| waiting for the server +\| +3\.0 \|/)
})
