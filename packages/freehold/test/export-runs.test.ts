import { Readable } from 'node:stream'
import { ENGINES, urlOf } from '@freehold/databases/engines'
import { describe, expect, it } from 'vitest'
import {
  type ChatLine,
  type ExportChatsOptions,
  type ExportRunsOptions,
  exportRuns,
  type RunRow,
  type TenantStorage,
} from '../src/index.js'
import { onServer, onSqlite } from './support/storages.js'

const RUNS = 230
const idOf = (n: number) => `run ${String(n).padStart(3, '0')}`
const TRACE = 'a'.repeat(32)

async function withRuns(storage: TenantStorage): Promise<void> {
  const { sessions, traces } = storage
  for (const id of ['chat', 'other']) await sessions.save({ id, type: 'agent', userId: id })
  const run = (n: number) => ({
    id: idOf(n),
    sessionId: 'chat',
    startedAt: 1_000 + Math.floor(n / 10),
    input: { secret: `${n}` },
    ...(n === 5 ? { traceId: TRACE } : {}),
  })
  await sessions.appendRuns(Array.from({ length: RUNS }, (_, n) => run(n)))
  await sessions.appendRun({ id: 'elsewhere', sessionId: 'other', startedAt: 5_000 })
  await traces.write([{ traceId: TRACE, spanId: 'b'.repeat(16), name: 'step', startedAt: 1, endedAt: 2 }])
}

async function rowsOf(storage: TenantStorage, options: ExportRunsOptions, most = Number.POSITIVE_INFINITY) {
  const rows: RunRow[] = []
  let cursor: string | undefined
  for await (const one of exportRuns(storage, options)) {
    rows.push(JSON.parse(one.line))
    cursor = one.cursor
    if (rows.length >= most) break
  }
  return { rows, cursor }
}

describe.each([
  ['sqlite', false, onSqlite] as const,
  ...ENGINES.map((engine) => [engine, urlOf(engine) === undefined, () => onServer(engine)] as const),
])('runs exported from %s', (_engine, isMissing, open) => {
  it.skipIf(isMissing)('are each there once, wherever the export was cut off', { timeout: 120_000 }, async () => {
    const { storage } = await open()
    await withRuns(storage)
    const all = Array.from({ length: RUNS }, (_, n) => idOf(n))
    for (const query of [{ userId: 'chat' }, { sessionId: 'chat' }]) {
      const found: string[] = []
      let after: string | undefined
      for (const part of [1, 99, 100, 7, RUNS]) {
        const { rows, cursor } = await rowsOf(storage, { query, ...(after && { after }) }, part)
        found.push(...rows.map(({ run }) => run.id))
        after = cursor ?? after
      }
      expect(found).toEqual(all.toReversed())
    }
  })
})

describe('runs that are exported', () => {
  it('say where they come from, with their traces where asked for, and as they were changed', async () => {
    const { storage } = await onSqlite()
    const acme = storage.tenant('acme')
    await withRuns(acme)
    const redact = (row: RunRow) => {
      if (row.run.sessionId === 'other') return undefined
      row.run.input = 'taken out'
      return row
    }
    const { rows } = await rowsOf(acme, { redact, trace: true })
    expect(rows).toHaveLength(RUNS)
    expect(rows.every(({ run }) => run.input === 'taken out')).toBe(true)
    const told = rows.find(({ run }) => run.id === idOf(5))!
    expect(told.provenance).toMatchObject({ tenant: 'acme', runId: idOf(5), sessionId: 'chat', traceId: TRACE })
    expect(told.trace?.spans).toHaveLength(1)
    expect(rows.filter(({ trace }) => trace !== undefined)).toHaveLength(1)
    expect((await acme.sessions.run(idOf(5)))?.input).toEqual({ secret: '5' })
  })

  it('are read no faster than they are taken', async () => {
    const { storage } = await onSqlite()
    await withRuns(storage)
    let reads = 0
    const sessions = new Proxy(storage.sessions, {
      get(target, name) {
        if (name === 'run') reads += 1
        return Reflect.get(target, name)
      },
    })
    const stream = Readable.from(exportRuns({ ...storage, sessions }), { highWaterMark: 4 })
    const taken = stream[Symbol.asyncIterator]()
    for (let n = 0; n < 3; n++) await taken.next()
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(reads).toBeLessThan(15)
    stream.destroy()
  })

  it('are refused with options that are wrong, and end when they are told to', async () => {
    const { storage } = await onSqlite()
    await withRuns(storage)
    const wrong = { query: { colour: 1 }, trace: 'yes', redact: 7, signal: {}, form: 'x' } as never
    const error = await rowsOf(storage, wrong).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'invalid' })
    const fields = (error as { problems: { field: string }[] }).problems.map(({ field }) => field).sort()
    expect(fields).toEqual(['colour', 'form', 'redact', 'signal', 'trace'])
    for (const redact of [() => null, async () => false, () => []] as never[])
      await expect(rowsOf(storage, { redact })).rejects.toMatchObject({ code: 'invalid' })
    const later = await rowsOf(
      storage,
      { redact: async ({ run, ...row }) => ({ ...row, run: { ...run, input: 1 } }) },
      1,
    )
    expect(later.rows[0]!.run.input).toBe(1)
    await expect(rowsOf(storage, { after: 'nonsense' })).rejects.toMatchObject({ code: 'invalid' })
    await expect(rowsOf(storage, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })
})

async function withChats(storage: TenantStorage): Promise<void> {
  await storage.sessions.save({ id: 'chat', type: 'agent' })
  const answer = { role: 'assistant', content: 'Snow.' }
  const runs = [
    { id: 'own', messages: [{ role: 'user', content: 'Weather?' }, answer] },
    { id: 'traced', traceId: TRACE },
    { id: 'silent', input: 'Weather?' },
    { id: 'words', input: 'Weather?', output: 'Snow.' },
  ]
  await storage.sessions.appendRuns(runs.map((run, n) => ({ ...run, sessionId: 'chat', startedAt: 1_000 + n })))
  const tools = JSON.stringify([{ type: 'function', function: { name: 'weather' } }])
  const call = { traceId: TRACE, spanId: 'b'.repeat(16), name: 'chat', startedAt: 1, endedAt: 2, kind: 'llm' } as const
  const attributes = { 'gen_ai.tool.definitions': tools }
  await storage.traces.write([{ ...call, input: 'From a trace?', output: 'Snow.', attributes }])
}

async function chatsOf(storage: TenantStorage, options: Omit<ExportChatsOptions, 'form'> = {}) {
  const chats: { runId: string; skipped?: string; line?: ChatLine; cursor: string }[] = []
  for await (const { line, ...one } of exportRuns(storage, { ...options, form: 'chat' }))
    chats.push({ ...one, ...(line !== undefined && { line: JSON.parse(line) as ChatLine }) })
  return chats
}

describe('runs that are exported as conversations', () => {
  it('have the form of a chat, with tools and where they come from, and tell of those of which none can be made', async () => {
    const { storage } = await onSqlite()
    await withChats(storage)
    const chats = await chatsOf(storage)
    const shown = chats.map(({ runId, skipped, line }) => [
      runId,
      skipped ?? line!.messages.map(({ content }) => content),
    ])
    expect(shown).toEqual([
      ['words', ['Weather?', 'Snow.']],
      ['silent', 'no_conversation'],
      ['traced', ['From a trace?', 'Snow.']],
      ['own', ['Weather?', 'Snow.']],
    ])
    expect(chats[2]!.line).toEqual({
      messages: [
        { role: 'user', content: 'From a trace?' },
        { role: 'assistant', content: 'Snow.' },
      ],
      tools: [{ type: 'function', function: { name: 'weather' } }],
      metadata: expect.objectContaining({ tenant: 'default', runId: 'traced', sessionId: 'chat', traceId: TRACE }),
    })
  })

  it('go on behind a cursor, also of one that has no line', async () => {
    const { storage } = await onSqlite()
    await withChats(storage)
    const ids = []
    for (let after: string | undefined; ; ) {
      const [next] = await chatsOf(storage, after === undefined ? {} : { after })
      if (next === undefined) break
      ids.push(next.runId)
      after = next.cursor
    }
    expect(ids).toEqual(['words', 'silent', 'traced', 'own'])
  })

  it('are made of what is left of a row, and have no metadata and no trace where they are told so', async () => {
    const { storage } = await onSqlite()
    await withChats(storage)
    const redact = ({ trace, run, ...row }: RunRow) => {
      if (run.id === 'own') return undefined
      const spans = trace?.spans.map((span) => ({ ...span, input: 'taken out' }))
      return { ...row, run: { ...run, input: 'taken out' }, ...(trace && { trace: { ...trace, spans: spans! } }) }
    }
    const chats = await chatsOf(storage, { redact, trace: true, provenance: false })
    expect(chats.map(({ line }) => line?.messages[0]?.content)).toEqual(['taken out', undefined, 'taken out'])
    expect(chats.map(({ line }) => Object.keys(line ?? {}))).toEqual([['messages'], [], ['messages', 'tools']])
    const untraced = await chatsOf(storage, { trace: false })
    expect(untraced.map(({ skipped }) => skipped)).toEqual([undefined, 'no_conversation', 'no_conversation', undefined])
  })

  it('end with what was wrong: options, a row without its run, what a redaction throws, a signal', async () => {
    const { storage } = await onSqlite()
    await withChats(storage)
    await expect(chatsOf(storage, { provenance: 'yes' } as never)).rejects.toMatchObject({ code: 'invalid' })
    await expect(rowsOf(storage, { provenance: true } as never)).rejects.toMatchObject({ code: 'invalid' })
    await expect(chatsOf(storage, { trace: true, redact: () => ({}) as never })).rejects.toMatchObject({
      code: 'invalid',
    })
    await expect(chatsOf(storage, { redact: (row) => row })).rejects.toMatchObject({ problems: [{ field: 'trace' }] })
    const redact = () => Promise.reject(new Error('no rule for this'))
    await expect(chatsOf(storage, { redact, trace: false })).rejects.toThrow('no rule for this')
    const stop = new AbortController()
    const read: string[] = []
    const reading = (async () => {
      for await (const { runId } of exportRuns(storage, { form: 'chat', signal: stop.signal })) {
        read.push(runId)
        stop.abort(new Error('enough'))
      }
    })()
    await expect(reading).rejects.toThrow('enough')
    expect(read).toEqual(['words'])
  })

  it('are none of what a store cut, wherever the messages are read from', async () => {
    const { storage } = await onSqlite()
    await storage.sessions.save({ id: 'chat', type: 'agent' })
    const long = 'x'.repeat(300_000)
    const spans = [
      { input: [{ role: 'user', content: long }], output: 'Snow.' },
      { input: 'Weather?', output: long },
      { input: 'Weather?', attributes: { 'llm.output_messages.0.message.content': long } },
      { attributes: { 'input.value': long, 'other.value': 'x' }, input: long, output: 'Snow.' },
      { input: 'Weather?', output: 'Snow.', attributes: { 'other.value': long } },
    ]
    for (const [n, fields] of spans.entries()) {
      const traceId = `${n + 1}`.repeat(32)
      const call = { traceId, spanId: 'b'.repeat(16), name: 'chat', startedAt: 1, endedAt: 2, kind: 'llm' } as const
      await storage.traces.write([{ ...call, ...fields }])
      await storage.sessions.appendRun({ id: `${n}`, sessionId: 'chat', traceId, startedAt: 10 - n })
    }
    const chats = await chatsOf(storage)
    expect(chats.map(({ skipped }) => skipped)).toEqual(['cut', 'cut', 'cut', 'cut', undefined])
  })

  it('leave out a run that is removed meanwhile', async () => {
    const { storage } = await onSqlite()
    await withChats(storage)
    const read: string[] = []
    for await (const { runId } of exportRuns(storage, { form: 'chat' })) {
      read.push(runId)
      await storage.sessions.remove('chat')
    }
    expect(read).toEqual(['words'])
  })
})
