import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sqlite3 from 'sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesOf } from '../demo/args.js'
import { importDemo } from '../demo/import-demo.js'
import { DEMO_QUERIES, IMPORT_QUERIES, type Query } from '../demo/queries.js'
import { supportDemo } from '../demo/support-demo.js'

const STYLE = { colour: false, width: 120 }
const FIXTURES = fileURLToPath(new URL('fixtures/framework-traces/', import.meta.url))

const VERCEL = join(FIXTURES, 'vercel-aisdk-2025-11-17.otlp.json')

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'freehold-demo-'))
})
afterAll(() => rm(directory, { recursive: true }))

function rowsOf({ file, sql }: Query): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(join(directory, file), sqlite3.OPEN_READONLY)
    database.all<Record<string, unknown>>(sql, (error, rows) => {
      database.close(() => (error === null ? resolve(rows) : reject(error)))
    })
  })
}

describe('the support agent', () => {
  const output: string[] = []
  beforeAll(() => supportDemo(directory, STYLE, (text) => output.push(text)))

  it('does all that an agent does', async () => {
    const rows = await rowsOf(DEMO_QUERIES[0]!)
    const kinds: Record<string, number> = {}
    for (const { kind } of rows) kinds[String(kind)] = (kinds[String(kind)] ?? 0) + 1
    expect(kinds).toEqual({ run: 4, llm: 6, tool: 4, hook: 5, retrieval: 1, delegation: 1 })
  })

  it('counts the tokens of each model', async () => {
    expect(await rowsOf(DEMO_QUERIES[1]!)).toEqual([
      { model: 'risk-small', calls: 1, prompt: 148, completion: 19 },
      { model: 'support-large', calls: 5, prompt: 2819, completion: 140 },
    ])
  })

  it('completes both runs of the session', async () => {
    expect(await rowsOf(DEMO_QUERIES[2]!)).toMatchObject([
      { seq: 1, agent_id: 'support', status: 'completed' },
      { seq: 2, agent_id: 'risk-analyst', status: 'completed' },
    ])
  })

  it('asks, is allowed and then refunds', async () => {
    const rows = await rowsOf(DEMO_QUERIES[3]!)
    expect(rows.map(({ type }) => type).filter((type) => type !== 'voted')).toEqual([
      'requested',
      'approved',
      'consumed',
    ])
  })

  it('leaves an audit trail', async () => {
    expect((await rowsOf(DEMO_QUERIES[4]!)).map(({ action }) => action)).toEqual([
      'refund.requested',
      'refund.decided',
      'refund.executed',
      'agent.run',
    ])
  })

  it('keeps the card number out of every file', async () => {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const contents = await Promise.all(files.map((file) => readFile(file, 'latin1')))
    expect(contents.filter((content) => content.includes('4111 1111'))).toEqual([])
  })

  it.each([
    'The run is paused: refund is pending',
    'The run is running: refund is approved',
    'refund is consumed',
    '├─ hook redact-card-numbers · pre, modify',
    '├─ hook end-run · post',
    '└─ hook audit · post',
    'verified: 4 entries, whole',
    'sqlite3 -header -column',
  ])('prints %j', (text) => {
    expect(output.join('\n')).toContain(text)
  })
})

describe('an imported file', () => {
  it.each([
    ['agno-2025-06-11', 6],
    ['crewai-2025-07-11', 6],
    ['google-adk-2025-08-28', 5],
    ['koog-2025-08-26', 11],
    ['microsoft-agent-2025-12-17', 4],
    ['openai-agents-2025-09-30', 5],
    ['pydantic-ai-tools-2025-12-04', 12],
    ['vercel-aisdk-2025-11-17', 3],
  ])('%s is kept whole', async (name, spans) => {
    await importDemo([`${FIXTURES}/${name}.otlp.json`], directory, STYLE, () => {})
    expect(await rowsOf(IMPORT_QUERIES[0]!)).toHaveLength(spans)
  })

  it('is drawn', async () => {
    const output: string[] = []
    await importDemo([VERCEL], directory, STYLE, (text) => output.push(text))
    expect(output.join('\n')).toContain('├─ ai.generateText.doGenerate · gpt-5')
  })
})

describe('a file that is not whole', () => {
  async function importText(text: string): Promise<{ isWhole: boolean; output: string }> {
    const path = join(directory, 'given.json')
    await writeFile(path, text)
    const output: string[] = []
    const isWhole = await importDemo([path], directory, STYLE, (line) => output.push(line))
    return { isWhole, output: output.join('\n') }
  }

  it('fails when a document was lost', async () => {
    const document = JSON.stringify(JSON.parse(await readFile(VERCEL, 'utf8')))
    const whole = await importText(`${document}\n${document}`)
    const broken = await importText(`${document}\n{"resourceSpans": [`)
    expect([whole.isWhole, broken.isWhole]).toEqual([true, false])
  })

  it('says that it holds no spans', async () => {
    const { isWhole, output } = await importText('{"resourceSpans":[]}')
    expect([isWhole, output]).toEqual([false, expect.stringMatching(/given\.json holds no spans$/)])
  })

  it('that is a directory is named', async () => {
    await expect(importDemo([directory], directory, STYLE, () => {})).rejects.toThrow(`${directory} is a directory`)
  })
})

describe('several files', () => {
  it('are all imported', async () => {
    const pydantic = join(FIXTURES, 'pydantic-ai-tools-2025-12-04.otlp.json')
    await importDemo([VERCEL, pydantic], directory, STYLE, () => {})
    expect(await rowsOf(IMPORT_QUERIES[0]!)).toHaveLength(15)
  })

  it('are found where the demo was called, after the -- of the package manager', () => {
    expect(filesOf(['--', 'a.json', '/b.json'], '/here')).toEqual(['/here/a.json', '/b.json'])
  })
})
