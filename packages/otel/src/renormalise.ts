import { Fields, MAX_BATCH, type SpanInput, type TraceQuery, type TraceStore } from '@freehold/contract'
import { DEFAULT_BATCH } from '@freehold/recorder'
import { CONVENTIONS } from './conventions/table.js'
import { readAnew } from './read-anew.js'
import { writeParts } from './write-parts.js'

export interface RenormaliseOptions {
  /** Which traces; all unless told. */
  query?: TraceQuery
  /** Where an earlier call came to: its `next`. With the same `query`. */
  after?: string
  /** Most spans per write, 1 to 10,000; 500 unless told. Of large ones there are fewer. */
  batch?: number
  /** Told after each page of traces, once what changes in it is written. */
  onProgress?: (progress: Renormalised) => void
  /** Ends the work after the page that is being read: the call rejects with the signal's reason. */
  signal?: AbortSignal
}

/** What was done by now. */
export interface Renormalised {
  traces: number
  spans: number
  /** Spans that are something else now than before. */
  changed: number
  /** Spans that could not take what was read anew, and stay as they are. */
  rejected: { traceId: string; spanId: string; reason: string }[]
  /** When the newest of the traces that are still to be read began, or later; absent where all were read. */
  startedBefore?: number
  /** To go on from here; absent where all were read. */
  next?: string
}

/** Traces of a page: enough to write together, few enough to lose little when the work is ended. */
const PAGE = 50

/**
 * Above those of what the processor, the receiver and the import tell: here every span of a trace is known. One more is that of a
 * span that is something else among others than by itself, which counts whenever that comes to light.
 */
const READING = CONVENTIONS.reading + 2

/**
 * Reads the raw attributes of stored spans by the {@link CONVENTIONS} of today: after an update of this package, or where the
 * spans of a trace came in pieces, so that nobody could tell what they are to each other. Newest traces first, one of them
 * in memory at a time; only what changes is written. It can run while spans come in, be ended and go on later, and run again:
 * then it changes nothing.
 *
 * What an older version of the table told and today's does not tell, such as a count of tokens, stays.
 *
 * @throws StoreError `invalid` when the options are wrong, before anything is read
 * @throws what the store throws; what was written before stays, and going on after the last `next` completes it
 */
export async function renormalise(store: TraceStore, options: RenormaliseOptions = {}): Promise<Renormalised> {
  const fields = new Fields('renormalise options', options, ['query', 'after', 'batch', 'onProgress', 'signal'])
  const batch = fields.integer('batch', 1, MAX_BATCH) ?? DEFAULT_BATCH
  if (options.onProgress !== undefined && typeof options.onProgress !== 'function')
    fields.problem('onProgress', 'is not a function; give one, or leave it out')
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal))
    fields.problem('signal', 'is no AbortSignal; give one, or leave it out')
  fields.done()
  const { query = {}, onProgress = () => {}, signal } = options
  const done: Renormalised = { traces: 0, spans: 0, changed: 0, rejected: [] }
  let after = options.after
  do {
    signal?.throwIfAborted()
    const page = await store.find(query, { limit: PAGE, ...(after === undefined ? {} : { after }) })
    for (const { traceId } of page.items) await renormaliseTrace(store, traceId, batch, done)
    after = page.next
    onProgress({
      ...done,
      ...(after === undefined ? {} : { next: after, startedBefore: page.items.at(-1)!.startedAt }),
    })
  } while (after !== undefined)
  return done
}

async function renormaliseTrace(store: TraceStore, traceId: string, batch: number, done: Renormalised): Promise<void> {
  const trace = await store.get(traceId)
  // It may have been deleted meanwhile.
  if (trace === null) return
  const changes: SpanInput[] = readAnew(trace, READING)
  for await (const { from, updated, rejected } of writeParts(store, changes, batch)) {
    done.changed += updated
    for (const { index, reason } of rejected)
      done.rejected.push({ traceId, spanId: changes[from + index]!.spanId, reason })
  }
  done.traces += 1
  done.spans += trace.spans.length
}
