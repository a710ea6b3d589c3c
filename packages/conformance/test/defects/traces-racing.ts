import { acceptSpan, factsOf, mergeSummaries, recordOf, summarise } from '@freehold/contract'
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
