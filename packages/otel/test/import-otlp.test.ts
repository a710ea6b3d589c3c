import { readFileSync } from 'node:fs'
import type { TraceWriter } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { fromOtlp, importOtlp } from '../src/index.js'
import { MemoryWriter } from './support/memory-writer.js'
import { OTLP_SPAN } from './support/otlp-span.js'

const FILE = readFileSync(
  new URL('fixtures/framework-traces/pydantic-ai-tools-2025-12-04.otlp.json', import.meta.url),
  'utf8',
)

const paths = () => fromOtlp(FILE).paths

describe('importOtlp', () => {
  it('writes every span and returns the totals', async () => {
    expect(await importOtlp(new MemoryWriter(), FILE)).toEqual({
      spans: 12,
      written: 12,
      updated: 0,
      duplicates: 0,
      rejected: [],
      warnings: [],
      traceIds: ['7a38edd8123db47ad8dcb8aa4c5e3926'],
    })
  })

  it('writes nothing the second time', async () => {
    const writer = new MemoryWriter()
    await importOtlp(writer, FILE)
    expect(await importOtlp(writer, FILE)).toMatchObject({ written: 0, duplicates: 12 })
  })

  it('writes in batches', async () => {
    const writer = new MemoryWriter()
    await importOtlp(writer, FILE, { batch: 5 })
    expect(writer.batches).toEqual([5, 5, 2])
  })

  it('writes fewer at once of spans whose resource is large', async () => {
    const writer = new MemoryWriter()
    const resource = { attributes: [{ key: 'a', value: { stringValue: 'x'.repeat(3_000_000) } }] }
    const spans = ['1', '2', '3', '4', '5', '6', '7'].map((n) => ({ ...OTLP_SPAN, spanId: n.repeat(16) }))
    await importOtlp(writer, { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })
    expect(writer.batches).toEqual([5, 2])
  })

  it('adds up what each batch came to', async () => {
    const writer: TraceWriter = {
      write: async (spans) => ({
        written: 1,
        updated: 1,
        duplicates: spans.length - 3,
        rejected: [{ index: 0, reason: 'no' }],
      }),
    }
    const result = await importOtlp(writer, FILE, { batch: 4 })
    expect(result).toMatchObject({ spans: 12, written: 3, updated: 3, duplicates: 3 })
  })

  it('names by its place what the writer rejects in a later batch', async () => {
    const writer: TraceWriter = {
      write: async (spans) => ({
        written: spans.length - 1,
        updated: 0,
        duplicates: 0,
        rejected: [{ index: 1, reason: 'no' }],
      }),
    }
    const { rejected } = await importOtlp(writer, FILE, { batch: 6 })
    expect(rejected.map(({ path }) => path)).toEqual([paths()[1], paths()[7]])
  })

  it('counts spans that could not be read', async () => {
    const document = JSON.parse(FILE)
    document.resourceSpans[0].scopeSpans[0].spans[3].traceId = 'x'
    const { spans, written, rejected } = await importOtlp(new MemoryWriter(), document)
    expect([spans, written, rejected.length]).toEqual([12, 11, 1])
  })

  it('names by its place what the writer rejects', async () => {
    const document = JSON.parse(FILE)
    document.resourceSpans[0].scopeSpans[0].spans[3].startTimeUnixNano = '99999999999999999999'
    const { rejected } = await importOtlp(new MemoryWriter(), document)
    expect(rejected.map(({ path }) => path)).toEqual(['resourceSpans[0].scopeSpans[0].spans[3]'])
  })

  it.each([[Number.NaN], [0], [-1], [1.5], [10_001], [Number.POSITIVE_INFINITY]])(
    'refuses a batch of %d',
    async (batch) => {
      const writer = new MemoryWriter()
      await expect(importOtlp(writer, FILE, { batch })).rejects.toMatchObject({
        code: 'invalid',
        problems: [{ field: 'batch' }],
      })
      expect(writer.batches).toEqual([])
    },
  )

  it('throws what the writer throws', async () => {
    const writer = new MemoryWriter()
    const failure = new Error('the database is away')
    writer.before.push(() => Promise.reject(failure))
    await expect(importOtlp(writer, FILE)).rejects.toBe(failure)
  })
})
