import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { beforeEach, describe, expect, it } from 'vitest'
import { exportRunsParquet, type RunRow, type Storage } from '../src/index.js'
import { loadInstalled } from '../src/installed.js'
import { afterwards, onSqlite } from './support/storages.js'

const TRACE = 'a'.repeat(32)

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'freehold-'))
  path = join(directory, 'runs.parquet')
  afterwards(() => rm(directory, { recursive: true }))
})

async function read(file = path) {
  const { buffer, byteOffset, byteLength } = await readFile(file)
  const whole = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
  const metadata = parquetMetadata(whole)
  return {
    rows: (await parquetReadObjects({ file: whole })) as Record<string, unknown>[],
    groups: metadata.row_groups.map(({ num_rows }) => Number(num_rows)),
    schema: Object.fromEntries(
      metadata.schema.slice(1).map((field) => [field.name, field.converted_type ?? field.type]),
    ),
  }
}

/** A stream that takes nothing until it is let. */
class Slow extends Writable {
  readonly pieces: Buffer[] = []
  #waiting: (() => void) | undefined
  override _write(piece: Buffer, _: string, done: () => void): void {
    this.pieces.push(piece)
    this.#waiting = done
  }
  take(): void {
    this.#waiting?.()
  }
}

async function withRuns(storage: Storage, count: number): Promise<void> {
  await storage.sessions.save({ id: 'chat', type: 'agent', userId: 'ada' })
  for (let from = 0; from < count; from += 1_000) {
    const runs = Array.from({ length: Math.min(1_000, count - from) }, (_, n) => ({
      id: `run ${String(from + n).padStart(5, '0')}`,
      sessionId: 'chat',
      startedAt: 1_000 + from + n,
      output: { n: from + n },
    }))
    await storage.sessions.appendRuns(runs)
  }
}

describe('runs exported as Parquet', () => {
  it('come back with their values, each in a column of its kind', async () => {
    const { storage } = await onSqlite()
    const acme = storage.tenant('acme')
    await acme.sessions.save({ id: 'chat', type: 'agent', agentId: 'support', userId: 'ada' })
    const odd = JSON.parse('{"__proto__":{"x":1},"n":-1.5,"deep":[null,{"é":"\\ud83d\\ude00"}]}')
    await acme.sessions.appendRun({
      id: 'whole',
      sessionId: 'chat',
      parentRunId: 'before',
      status: 'completed',
      provider: 'openai',
      model: 'gpt-5',
      traceId: TRACE,
      startedAt: 1_750_000_000_000.25,
      endedAt: 1_750_000_001_000.75,
      usage: { promptTokens: 5_000_000_000, completionTokens: 2, cost: 0.25 },
      input: odd,
      output: 'a text',
      messages: null,
      metadata: { tags: ['a'] },
    })
    await acme.sessions.appendRun({ id: 'bare', sessionId: 'chat', startedAt: 5, error: 'failed', status: 'error' })
    await acme.traces.write([{ traceId: TRACE, spanId: 'b'.repeat(16), name: 'step', startedAt: 1, endedAt: 2 }])
    const written = await exportRunsParquet(acme, path, { trace: true })
    const { rows, schema, groups } = await read()
    expect(written).toEqual({ rows: 2, rowGroups: 1, cursor: expect.any(String) })
    expect(groups).toEqual([2])
    const [whole, bare] = rows
    expect(whole).toMatchObject({
      tenant: 'acme',
      run_id: 'whole',
      session_id: 'chat',
      trace_id: TRACE,
      exported_at: expect.any(Date),
      seq: 1n,
      parent_run_id: 'before',
      type: 'agent',
      status: 'completed',
      agent_id: 'support',
      user_id: 'ada',
      team_id: null,
      provider: 'openai',
      model: 'gpt-5',
      error: null,
      started_at: new Date(1_750_000_000_000),
      ended_at: new Date(1_750_000_001_000),
      duration_ms: 1_000.5,
      prompt_tokens: 5_000_000_000n,
      completion_tokens: 2n,
      reasoning_tokens: null,
      cost_usd: 0.25,
      output: 'a text',
      metadata: { tags: ['a'] },
      trace: { summary: { traceId: TRACE }, spans: [{ name: 'step' }] },
    })
    expect(JSON.stringify(whole!.input)).toBe(JSON.stringify(odd))
    expect(bare).toMatchObject({
      run_id: 'bare',
      error: 'failed',
      started_at: new Date(5),
      ended_at: null,
      trace: null,
    })
    expect(schema).toMatchObject({
      run_id: 'UTF8',
      seq: 'INT64',
      started_at: 'TIMESTAMP_MICROS',
      cost_usd: 'DOUBLE',
      input: 'JSON',
      trace: 'JSON',
    })
  })

  it('keep microseconds, and tell the JSON value null from nothing', async () => {
    const { storage } = await onSqlite()
    await storage.sessions.save({ id: 'chat', type: 'agent' })
    const run = { sessionId: 'chat', startedAt: 1_750_000_000_000.25, output: null }
    await storage.sessions.appendRun({ ...run, id: 'run' })
    await exportRunsParquet(storage, path)
    const file = await readFile(path)
    const whole = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer
    const { schema, row_groups } = parquetMetadata(whole)
    const at = schema.findIndex(({ name }) => name === 'started_at') - 1
    expect(row_groups[0]!.columns[at]!.meta_data!.statistics!.min_value).toEqual(new Date(1_750_000_000_000))
    const raw = schema.map(({ converted_type: _, logical_type: __, ...field }) => field)
    const rows = await parquetReadObjects({
      file: whole,
      metadata: { ...parquetMetadata(whole), schema: raw },
      utf8: false,
    })
    const text = (value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString() : value)
    expect([rows[0]!.started_at, text(rows[0]!.output), text(rows[0]!.input)]).toEqual([
      1_750_000_000_000_250n,
      'null',
      null,
    ])
  })

  it('are those that are asked for, as a redaction leaves them', async () => {
    const { storage } = await onSqlite()
    await withRuns(storage, 20)
    const redact = ({ run, ...row }: RunRow) => {
      const { output: _, ...rest } = run
      return run.id.endsWith('5') ? undefined : { ...row, run: { ...rest, input: 'taken out' } }
    }
    await exportRunsParquet(storage, path, { query: { from: 1_010 }, redact })
    const { rows } = await read()
    expect(rows.map(({ run_id }) => run_id)).toEqual([19, 18, 17, 16, 14, 13, 12, 11, 10].map((n) => `run 000${n}`))
    expect(rows.every(({ input, output }) => input === 'taken out' && output === null)).toBe(true)
  })

  it('go on in another file behind the cursor of the one before', async () => {
    const { storage } = await onSqlite()
    await withRuns(storage, 25)
    const ids: unknown[] = []
    let after: string | undefined
    for (let n = 0; ; n += 1) {
      const part = join(directory, `${n}.parquet`)
      const { rows, cursor } = await exportRunsParquet(storage, part, { limit: 10, ...(after && { after }) })
      ids.push(...(await read(part)).rows.map(({ run_id }) => run_id))
      after = cursor
      if (rows < 10) break
    }
    expect(ids).toEqual(Array.from({ length: 25 }, (_, n) => `run ${String(24 - n).padStart(5, '0')}`))
  })

  it('are a file with columns and no row where there is none', async () => {
    const { storage } = await onSqlite()
    expect(await exportRunsParquet(storage, path)).toEqual({ rows: 0, rowGroups: 0 })
    const { rows, schema } = await read()
    expect([rows, schema.run_id]).toEqual([[], 'UTF8'])
  })

  it('are held for one group, and read no faster than they are taken', { timeout: 60_000 }, async () => {
    const { storage } = await onSqlite()
    await withRuns(storage, 5_200)
    let reads = 0
    const sessions = new Proxy(storage.sessions, {
      get(target, name) {
        if (name === 'run') reads += 1
        return Reflect.get(target, name)
      },
    })
    const slow = new Slow({ highWaterMark: 1 })
    const exporting = exportRunsParquet({ ...storage, sessions }, slow)
    // One group is taken, one waits in the stream, one before it, and one is filled.
    while (reads < 2_001) await new Promise((resolve) => setImmediate(resolve))
    for (let turns = 0; turns < 2_000; turns += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(reads).toBeLessThanOrEqual(4_001)
    slow.take()
    slow._write = (piece: Buffer, _encoding: string, done: () => void) => {
      slow.pieces.push(piece)
      done()
    }
    expect(await exporting).toMatchObject({ rows: 5_200, rowGroups: 6 })
    await writeFile(path, Buffer.concat(slow.pieces))
    const { groups, rows } = await read()
    expect(groups).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 200])
    expect(rows.map(({ output }) => (output as { n: number }).n)).toEqual(
      Array.from({ length: 5_200 }, (_, n) => 5_199 - n),
    )
  })

  it('are in groups that end where their texts are long', async () => {
    const { storage } = await onSqlite()
    await storage.sessions.save({ id: 'chat', type: 'agent' })
    const long = (n: number) => `${n}`.repeat(3_500_000)
    for (let n = 0; n < 5; n++)
      await storage.sessions.appendRun({ id: `${n}`, sessionId: 'chat', startedAt: n, output: long(n) })
    const whole = { input: long(6).repeat(2), output: { x: long(7) } }
    await storage.sessions.appendRun({ id: '5', sessionId: 'chat', startedAt: 5, output: whole.output })
    await storage.sessions.updateRun('5', { input: whole.input })
    expect(await exportRunsParquet(storage, path)).toMatchObject({ rows: 6, rowGroups: 4 })
    const { groups, rows } = await read()
    expect(groups).toEqual([1, 2, 2, 1])
    expect(rows[0]).toMatchObject(whole)
    expect(rows.slice(1).map(({ output }) => output)).toEqual([4, 3, 2, 1, 0].map(long))
  })

  it('leave no part of a file where they fail or are ended, and none is written over', async () => {
    const { storage } = await onSqlite()
    await withRuns(storage, 5)
    const redact = () => Promise.reject(new Error('no rule for this'))
    await expect(exportRunsParquet(storage, path, { redact })).rejects.toThrow('no rule for this')
    const stop = new AbortController()
    const ends = (row: RunRow) => {
      stop.abort(new Error('enough'))
      return row
    }
    await expect(exportRunsParquet(storage, path, { redact: ends, signal: stop.signal })).rejects.toThrow('enough')
    expect(await readdir(directory)).toEqual([])
    await writeFile(path, 'mine')
    await expect(exportRunsParquet(storage, path)).rejects.toMatchObject({ code: 'already_exists' })
    expect(await readFile(path, 'utf8')).toBe('mine')
  })

  it('take a package, and the command that installs it is told where it is not there', async () => {
    await expect(loadInstalled('hyparquet-none', async () => {})).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/npm install hyparquet-none$/),
    })
  })

  it('are refused with options that are wrong, and where a redaction left something of another kind', async () => {
    const { storage } = await onSqlite()
    await withRuns(storage, 1)
    const wrong = { query: { colour: 1 }, limit: 0, redact: 7, form: 'rows' } as never
    const error = await exportRunsParquet(storage, 7 as never, wrong).catch((reason: unknown) => reason)
    const fields = (error as { problems: { field: string }[] }).problems.map(({ field }) => field).sort()
    expect(fields).toEqual(['colour', 'form', 'limit', 'redact', 'target'])
    const redact = ({ run, ...row }: RunRow) => ({ ...row, run: { ...run, startedAt: 'then', model: 7 } }) as never
    await expect(exportRunsParquet(storage, path, { redact })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/model, which is a text; started_at, which is milliseconds since 1970/),
    })
  })
})
