import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { openStorage } from 'freehold'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Sampler } from '../src/door/sampler.js'
import { FreeholdSpanProcessor, importOtlp, otlpReceiver } from '../src/index.js'
import { OTLP_SPAN } from './support/otlp-span.js'
import { post } from './support/receivers.js'

interface Item {
  traceId: string
  spanId: string
  failed: boolean
  ended: boolean
}

/** With the random part of its id at this share of what there is. */
const traceAt = (share: number, n = 0): string =>
  `${String(n).padStart(18, '0')}${Math.floor(share * 2 ** 48)
    .toString(16)
    .padStart(12, '0')}ff`
const item = (traceId: string, n: number, failed = false): Item => ({ traceId, spanId: `${n}`, failed, ended: true })
const samplerOf = (rate: number, hold = 100) => new Sampler<Item>({ rate, hold }, (each) => each)

function take(sampler: Sampler<Item>, ...items: Item[]): string[] {
  const { items: kept, written } = sampler.take(items)
  written()
  return kept.map(({ spanId }) => spanId)
}

describe('a sampler', () => {
  it.each([
    [0, 0, false],
    [0.1, 0.0999, true],
    [0.1, 0.1001, false],
    [1, 0.9999999, true],
  ])('of rate %d keeps a trace at %d: %j', (rate, share, isKept) => {
    expect(take(samplerOf(rate), item(traceAt(share), 1))).toEqual(isKept ? ['1'] : [])
  })

  it('keeps about as many as it is told, whatever the ids begin with', () => {
    const sampler = samplerOf(0.25)
    const random = () => Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join('')
    const kept = Array.from({ length: 4_000 }, (_, n) => take(sampler, item(random(), n))).flat()
    expect(kept.length).toBeGreaterThan(800)
    expect(kept.length).toBeLessThan(1_200)
  })

  it('keeps a trace whole that fails late: what came before, with what fails, and what comes after', () => {
    const sampler = samplerOf(0)
    const id = traceAt(0.5)
    expect(take(sampler, item(id, 1), item(traceAt(0.6), 9))).toEqual([])
    expect(take(sampler, item(id, 2))).toEqual([])
    expect(take(sampler, item(id, 3), item(id, 4, true))).toEqual(['3', '4', '1', '2'])
    expect(take(sampler, item(id, 5))).toEqual(['5'])
    expect(take(sampler, item(id, 6, true))).toEqual(['6'])
  })

  it('gives what was held again until it was written', () => {
    const sampler = samplerOf(0)
    const id = traceAt(0.5)
    take(sampler, item(id, 1))
    const failed = item(id, 2, true)
    expect(sampler.take([failed]).items).toHaveLength(2)
    const again = sampler.take([failed])
    expect(again.items).toHaveLength(2)
    again.written()
    expect(sampler.take([failed]).items).toHaveLength(1)
  })

  it('holds the last record of a span', () => {
    const sampler = samplerOf(0)
    const id = traceAt(0.5)
    const [start, end] = [item(id, 1), item(id, 1)]
    take(sampler, start)
    take(sampler, end)
    const { items } = sampler.take([item(id, 2, true)])
    expect(items[1]).toBe(end)
    expect(items).toHaveLength(2)
  })

  it('gives what was held of a trace whose failure was not written with whatever comes next of it', () => {
    const sampler = samplerOf(0)
    const id = traceAt(0.5)
    take(sampler, item(id, 1))
    sampler.take([item(id, 2, true)])
    expect(take(sampler, item(id, 3))).toEqual(['3', '1'])
    expect(take(sampler, item(id, 4))).toEqual(['4'])
  })

  it('is not full for ever of what could not be written', () => {
    const sampler = samplerOf(0, 4)
    const [stuck, other] = [traceAt(0.5, 1), traceAt(0.5, 2)]
    for (const n of [1, 2, 3, 4]) take(sampler, item(stuck, n))
    sampler.take([item(stuck, 5, true)])
    for (const n of [6, 7]) take(sampler, item(other, n))
    expect(take(sampler, item(other, 8, true))).toEqual(['8', '6', '7'])
  })

  it('holds an end, and not the start that comes after it', () => {
    const sampler = samplerOf(0)
    const id = traceAt(0.5)
    const end = item(id, 1)
    take(sampler, end)
    take(sampler, { ...item(id, 1), ended: false })
    expect(sampler.take([item(id, 2, true)]).items[1]).toBe(end)
  })

  it('holds no more characters than is said', () => {
    const sampler = new Sampler<Item>(
      { rate: 0, hold: 100 },
      (each) => each,
      () => 30_000_000,
    )
    const ids = [1, 2, 3].map((n) => traceAt(0.5, n))
    for (const [n, id] of ids.entries()) take(sampler, item(id, n))
    expect(sampler.letGo).toBe(1)
    expect(take(sampler, item(ids[2]!, 9, true))).toEqual(['9', '2'])
  })

  it('lets those of the trace go that nobody told of for longest, and counts them', () => {
    const sampler = samplerOf(0, 4)
    const [a, b, c] = [traceAt(0.5, 1), traceAt(0.5, 2), traceAt(0.5, 3)]
    take(sampler, item(a, 1), item(b, 2), item(b, 3))
    take(sampler, item(a, 4))
    expect(sampler.letGo).toBe(0)
    take(sampler, item(c, 5))
    expect(sampler.letGo).toBe(2)
    expect(take(sampler, item(a, 6, true))).toEqual(['6', '1', '4'])
    expect(take(sampler, item(b, 7, true))).toEqual(['7'])
  })

  it('does not take the traces of two tenants for one', () => {
    const sampler = samplerOf(0)
    const id = traceAt(0.5)
    sampler.take([item(id, 1)], 'acme').written()
    expect(sampler.take([item(id, 2, true)], 'other').items).toHaveLength(1)
  })
})

describe('sampling', () => {
  const [DROPPED, FAILED, PICKED] = [traceAt(0.9, 1), traceAt(0.9, 2), traceAt(0.1, 3)]
  const SPANS = [DROPPED, FAILED, PICKED].flatMap((traceId) =>
    ['1', '2', '3'].map((n) => ({ ...OTLP_SPAN, traceId, spanId: n.repeat(16) })),
  )
  const LATE = { ...OTLP_SPAN, traceId: FAILED, spanId: '4'.repeat(16), status: { code: 2 } }
  const documentOf = (...spans: object[]) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
  const door = { sample: { rate: 0.5 } }

  async function emptyTraces() {
    const storage = await openStorage({ databases: { main: 'sqlite::memory:' }, migrate: true })
    onTestFinished(() => storage.close())
    const counts = async () =>
      Promise.all([DROPPED, FAILED, PICKED].map(async (id) => (await storage.traces.get(id))?.spans.length ?? 0))
    return { storage, counts }
  }

  it('of an import keeps traces whole', async () => {
    const { storage, counts } = await emptyTraces()
    const result = await importOtlp(storage.traces, documentOf(...SPANS, LATE), door)
    expect(result).toMatchObject({ spans: 10, written: 7, sampledOut: 3 })
    expect(await counts()).toEqual([0, 4, 3])
  })

  it('of a receiver keeps traces whole over requests', async () => {
    const { storage, counts } = await emptyTraces()
    const receive = otlpReceiver(storage, door)
    for (const span of SPANS) expect((await receive(post(documentOf(span)))).status).toBe(200)
    expect(await counts()).toEqual([0, 0, 3])
    await receive(post(documentOf(LATE)))
    expect(await counts()).toEqual([0, 4, 3])
  })

  it('of a processor keeps a trace whole that fails at its end', async () => {
    const { storage } = await emptyTraces()
    const processor = new FreeholdSpanProcessor(storage.traces, { sample: { rate: 0 } })
    const provider = new BasicTracerProvider({ spanProcessors: [processor] })
    const tracer = provider.getTracer('t')
    for (const fails of [true, false]) {
      const root = tracer.startSpan(`fails: ${fails}`)
      tracer.startSpan('other trace').end()
      if (fails) root.setStatus({ code: 2 })
      root.end()
    }
    await provider.shutdown()
    expect((await storage.traces.spans()).items.map(({ name }) => name)).toEqual(['fails: true'])
  })
})
