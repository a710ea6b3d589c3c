import { ABANDONED, acceptSpan, type SpanInput, type Trace } from '@freehold/contract'
import type { Defect } from './defect.js'
import { refuse, spoiling } from './spoil.js'
import { traceLabelDefects } from './traces-labels.js'
import { traceRacingDefects } from './traces-racing.js'
import { getting, traceReadingDefects } from './traces-reading.js'
import { traceRemovingDefects } from './traces-removing.js'
import { summaryDefects } from './traces-summary.js'

const spoil = (law: string, name: string, methods: Parameters<typeof spoiling<'traces'>>[3]) =>
  spoiling('traces', law, name, methods)

const YEAR = 31_536_000_000

/** Every span of a trace as `wrong` makes it. */
function gettingSpans(law: string, name: string, wrong: (span: Trace['spans'][number]) => Trace['spans'][number]) {
  return getting(law, name, (trace) => ({ ...trace, spans: trace.spans.map(wrong) }))
}

function isBad(span: SpanInput): boolean {
  return 'reason' in acceptSpan(span)
}

const writing: Defect[] = [
  spoil('the promise of a write resolves only after the batch is durable', 'one span alone is buffered', (store) => {
    let waiting: SpanInput[] = []
    const flush = () => store.write(waiting.splice(0))
    return {
      async write(spans) {
        await flush()
        const one = spans[0]
        if (one === undefined || spans.length > 1 || isBad(one) || (await store.get(one.traceId)))
          return store.write(spans)
        waiting = [...spans]
        return { written: 1, updated: 0, duplicates: 0, rejected: [] }
      },
      get: (traceId) => flush().then(() => store.get(traceId)),
      find: (query, page) => flush().then(() => store.find(query, page)),
      spans: (query, page) => flush().then(() => store.spans(query, page)),
      toolStats: (query) => flush().then(() => store.toolStats(query)),
    }
  }),
  spoil(
    'of two records that are as far as each other the later reading counts, whichever comes first',
    'a later reading is one like any other',
    (store) => ({ write: (spans) => store.write(spans.map((span) => span && { ...span, reading: 0 })) }),
  ),
  spoil(
    'a later reading may say that a span is of no kind after all, and one without a kind takes nothing back',
    'no kind is what nobody said',
    (store) => ({
      write: (spans) =>
        store.write(spans.map((span) => (span?.kind === 'other' ? { ...span, kind: undefined } : span))),
    }),
  ),
  spoil(
    'null in a record says nothing and never erases what another record told',
    'an input of null counts as one',
    (store, edit) => ({
      async write(spans) {
        const result = await store.write(spans)
        const erased = spans.filter((span) => span?.input === null)
        await edit((traces) => {
          for (const { traceId, spanId } of erased)
            Object.assign(traces.get(traceId)?.spans.get(spanId)?.span ?? {}, { input: null })
        })
        return result
      },
    }),
  ),
  spoil(
    'a span that is told more of leaves others what it shared with them',
    'what others share with a span that is told more of is gone',
    (store, edit) => ({
      async write(spans) {
        const result = await store.write(spans)
        if (!spans.some((span) => span?.attributes?.few === 1)) return result
        await edit((traces) => {
          for (const { span } of traces.get(spans[0]!.traceId)?.spans.values() ?? [])
            if (span.attributes !== undefined) delete (span.attributes as { tools?: unknown }).tools
        })
        return result
      },
    }),
  ),
  spoil('a re-sent batch changes nothing', 'a re-sent batch is told as new', (store) => ({
    async write(spans) {
      const { written, updated, duplicates, rejected } = await store.write(spans)
      // A batch of thousands is the matter of a law of its own.
      if (duplicates !== spans.length || spans.length > 1000) return { written, updated, duplicates, rejected }
      return { written: duplicates, updated, duplicates: 0, rejected }
    },
  })),
  spoil(
    'an ended span beats a running one and a late start never erases an end',
    'a span whose start told an input is running',
    (store) => {
      const started = new Set<string>()
      return {
        write(spans) {
          for (const span of spans)
            if (span?.endedAt === undefined && span?.status === undefined && span?.input !== undefined)
              started.add(`${span?.traceId} ${span?.spanId}`)
          return store.write(spans)
        },
        async get(traceId) {
          const trace = await store.get(traceId)
          const wrong = (one: Trace['spans'][number]) => (started.has(`${traceId} ${one.spanId}`) ? unended(one) : one)
          return trace && { ...trace, spans: trace.spans.map(wrong) }
        },
      }
    },
  ),
  spoil('records of one span merge to the same span in any order', 'the scope that came last stays', (store, edit) => ({
    async write(spans) {
      const result = await store.write(spans)
      await edit((traces) => {
        for (const { traceId, spanId, scope } of spans) {
          const kept = traces.get(traceId)?.spans.get(spanId)?.span
          if (kept?.scope !== undefined && scope !== undefined) kept.scope = scope
        }
      })
      return result
    },
  })),
  spoil(
    'a record that a batch brings twice counts as a duplicate and costs nothing else',
    'the second in a batch is rejected',
    (store) => ({
      async write(spans) {
        const result = await store.write(spans)
        const twice = spans.findLastIndex((span, i) => spans.findIndex(({ spanId }) => spanId === span.spanId) < i)
        if (twice < 0 || result.duplicates === 0) return result
        const rejected = [...result.rejected, { index: twice, reason: 'twice in one batch' }]
        return { ...result, duplicates: result.duplicates - 1, rejected }
      },
    }),
  ),
  spoil(
    'a record that a batch brings twice counts as a duplicate and costs nothing else',
    'an end in the batch of its start is an update',
    (store) => ({
      async write(spans) {
        const result = await store.write(spans)
        const [start, end] = spans
        const both = spans.length === 2 && start?.spanId === end?.spanId && start?.traceId === end?.traceId
        return both && result.written === 1 ? { ...result, updated: 1, duplicates: 0 } : result
      },
    }),
  ),
  spoil('a batch of thousands of traces is counted and kept span by span', 'changes count to 1,000', (store) => ({
    async write(spans) {
      const result = await store.write(spans)
      const over = Math.max(0, result.updated - 1000)
      return { ...result, updated: result.updated - over, duplicates: result.duplicates + over }
    },
  })),
  spoil('an error of a span is never overwritten by a later ok', 'an ok that is told stays', (store) => {
    const fine = new Set<string>()
    return {
      write(spans) {
        for (const span of spans) if (span?.status === 'ok') fine.add(`${span.traceId} ${span.spanId}`)
        return store.write(spans)
      },
      async get(traceId) {
        const trace = await store.get(traceId)
        const told = (one: Trace['spans'][number]) => fine.has(`${traceId} ${one.spanId}`)
        return trace && { ...trace, spans: trace.spans.map((one) => (told(one) ? { ...one, status: 'ok' } : one)) }
      },
    }
  }),
  spoil('a span that was given up and ends after all is what it ended as', 'what was given up failed', (store) => ({
    write: (spans) =>
      store.write(spans.map((span) => (span?.error?.type === ABANDONED ? { ...span, error: { type: 'lost' } } : span))),
  })),
  spoil('one bad span costs one span and is named in rejected', 'the last goes with a bad one', (store) => ({
    write: (spans) => store.write(spans.length > 100 && spans.some(isBad) ? spans.slice(0, -1) : spans),
  })),
  spoil('one bad span costs one span and is named in rejected', 'a bad one counts as a duplicate', (store) => ({
    async write(spans) {
      const result = await store.write(spans)
      return { ...result, duplicates: result.duplicates + result.rejected.length }
    },
  })),
  gettingSpans('a value that cannot be stored is repaired and the span says so', 'marks are lost', (span) => {
    const { repairs: _, ...unmarked } = span
    return unmarked
  }),
  gettingSpans('a value that cannot be stored is repaired and the span says so', 'a text is cut anywhere', (span) => {
    const odd = span.attributes?.odd
    return typeof odd === 'string' && odd.length === 262_143 ? { ...span, attributes: { odd: `${odd}\ud83d` } } : span
  }),
  spoil('an end before its start is repaired', 'such an end is left out', (store) => ({
    write: (spans) =>
      store.write(
        spans.map((span) =>
          (span.endedAt ?? span.startedAt) < span.startedAt ? { ...span, endedAt: undefined } : span,
        ),
      ),
  })),
  spoil('a batch of spans from years apart is written whole', 'a batch has one partition', (store) => ({
    write: (spans) => store.write(spans.filter((span) => !(span.startedAt > spans[0]!.startedAt + YEAR))),
  })),
  spoil('a batch of spans from years apart is written whole', 'only the days of the first batch are read', (store) => {
    const days = new Map<string, Set<number>>()
    return {
      write(spans) {
        const fresh = spans.filter(({ traceId }) => !days.has(traceId))
        for (const { traceId } of fresh) days.set(traceId, new Set())
        for (const { traceId, startedAt } of fresh) days.get(traceId)!.add(dayNumber(startedAt))
        return store.write(spans)
      },
      async get(traceId) {
        const trace = await store.get(traceId)
        const isRead = (one: Trace['spans'][number]) => days.get(traceId)?.has(dayNumber(one.startedAt)) ?? true
        return trace && { ...trace, spans: trace.spans.filter(isRead) }
      },
    }
  }),
  spoil('an empty batch writes nothing and succeeds', 'an empty batch is refused', (store) => ({
    write: async (spans) => (spans.length === 0 ? refuse('invalid') : store.write(spans)),
  })),
]

function dayNumber(at: number): number {
  return Math.floor(at / 86_400_000)
}

/** The span as if it had no end. */
function unended(span: Trace['spans'][number]): Trace['spans'][number] {
  const { endedAt: _, ...rest } = span
  return { ...rest, status: 'running' }
}

export const traceDefects: readonly Defect[] = [
  ...summaryDefects,
  ...traceLabelDefects,
  ...writing,
  ...traceRacingDefects,
  ...traceReadingDefects,
  ...traceRemovingDefects,
]
