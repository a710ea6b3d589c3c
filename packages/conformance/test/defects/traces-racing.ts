import {
  acceptSpan,
  factsOf,
  mergeSummaries,
  recordOf,
  type SpanInput,
  type SpanRecord,
  summarise,
} from '@freehold/contract'
import { type Defect, onMedium, racy, unlocked } from './defect.js'
import { spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Parameters<typeof spoiling<'traces'>>[3]) =>
  spoiling('traces', law, name, methods)

export const traceRacingDefects: readonly Defect[] = [
  {
    law: 'writers of one trace at the same time lose nothing',
    name: 'writers overwrite each other',
    plant: (storage, ground) => onMedium(storage, ground, racy(ground.medium), 'traces', ['write']),
  },
  {
    law: 'processes that write one trace at the same time lose nothing',
    name: 'writers are alone only within their process',
    plant: (storage, ground) => onMedium(storage, ground, unlocked(ground.place), 'traces', ['write']),
  },
  spoil(
    'the end of a span keeps what another connection told of it while it ran',
    'what this connection told of a span that runs is taken for what is stored',
    (store, edit) => {
      const own = new Map<string, SpanRecord>()
      // What is no list, or no span, is for the store to refuse.
      const told = (spans: readonly SpanInput[]) => [spans].flat().map(Object) as readonly SpanInput[]
      return {
        async write(spans) {
          await edit((traces) => {
            for (const { traceId, spanId } of told(spans)) {
              const record = own.get(`${traceId}${spanId}`)
              if (record !== undefined) traces.get(traceId)?.spans.set(spanId, record)
            }
          })
          const answer = await store.write(spans)
          await edit((traces) => {
            for (const { traceId, spanId } of told(spans)) {
              const record = traces.get(traceId)?.spans.get(spanId)
              if (record !== undefined) own.set(`${traceId}${spanId}`, record)
            }
          })
          return answer
        },
      }
    },
  ),
  spoil(
    'a process killed while it writes leaves summaries that match their spans',
    'spans and summaries are written in two transactions',
    (store, edit) => ({
      async write(spans) {
        await store.write([])
        const traceId = spans[0]?.traceId
        const fresh = await edit((traces) => {
          const there = traces.get(traceId ?? '')
          const records = spans
            .map(acceptSpan)
            .flatMap((one) => ('reason' in one ? [] : [recordOf(one.stored)]))
            .filter(({ span }) => span.traceId === traceId && !there?.spans.has(span.spanId))
          if (spans.length !== 10 || records.length < spans.length) return undefined
          const summary = summarise(
            traceId!,
            records.map((record) => factsOf(record.span)),
          )
          const trace = there ?? { spans: new Map(), summary: summarise(traceId!, [factsOf(records[0]!.span)]) }
          for (const record of records) trace.spans.set(record.span.spanId, record)
          traces.set(traceId!, trace)
          if (there !== undefined) return summary
          trace.summary = summary
          return null
        })
        if (fresh === null) return { written: 10, updated: 0, duplicates: 0, rejected: [] }
        if (fresh === undefined) return store.write(spans)
        // Long enough that a kill comes between the two, on a busy machine too.
        await new Promise((resolve) => setTimeout(resolve, 400))
        await edit((traces) => {
          const trace = traces.get(traceId!)!
          trace.summary = mergeSummaries(trace.summary, fresh)
        })
        return { written: 10, updated: 0, duplicates: 0, rejected: [] }
      },
    }),
  ),
]
