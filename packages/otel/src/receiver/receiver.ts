import { type Storage, StoreError, type TraceWriter } from '@freehold/contract'
import { DEFAULT_BATCH, tell } from '@freehold/recorder'
import { sizeOfShared } from '../conventions/room.js'
import { doorOf } from '../door/door.js'
import { heldSpan, spanSampler } from '../door/sample-spans.js'
import { Lineage } from '../lineage.js'
import type { FoundSpans } from '../read-document.js'
import { writeParts } from '../write-parts.js'
import { type Format, failure, formatOf, success } from './answer.js'
import { bodyOf } from './body.js'
import { FoundLogs } from './found-logs.js'
import { acceptOptions, type ReceiverOptions } from './options.js'
import { partialOf } from './partial.js'
import { read } from './read-request.js'
import { later, Refusal } from './refusal.js'
import { SpanMessages } from './span-messages.js'
import { type Signal, signalOf } from './target.js'

/** As a Fetch handler: `Request` and `Response` of the platform. */
export type OtlpReceiver = (request: Request) => Promise<Response>

/**
 * An endpoint for OTLP/HTTP, to which an exporter of any language sends traces: protobuf or JSON, packed with gzip, deflate or not.
 * It takes `POST` on any path that ends with `/v1/traces`, and on `/v1/logs` the messages that instrumentations tell in log records:
 * GenAI events (`gen_ai.*`) with the ids of a trace and a span become input and output of that span, whichever of the two comes
 * first, unless it tells its own. Until it comes there is a running span with the name of the event.
 *
 * ```ts
 * import { serve } from '@hono/node-server'
 * serve({ fetch: otlpReceiver(storage), port: 4318 })
 * ```
 *
 * - 200 only after the commit; `partial_success` counts the spans that could not be kept, or the log records that were not taken,
 *   and names the first of them
 * - 400 where the body is no such request, of which nothing is stored then; 401, 404, 405, 413 and 415 say what to do: 404 for
 *   metrics, and for logs without a message of a span
 * - 429 where too much is worked on at the same time, and 503 where the database is away, both with `Retry-After`: an exporter
 *   sends the same again, which changes nothing where it had been stored
 * - 500 where a retry is no help, such as for a tenant id that is none
 *
 * An answer holds no payload, no token and nothing of the database's own words; those go to `onError`.
 *
 * @throws StoreError `invalid`, naming every wrong option
 */
export function otlpReceiver(storage: Storage, options: ReceiverOptions = {}): OtlpReceiver {
  const { tenantOf, maxBytes, maxWaiting, timeout, retryAfter, onError, door } = acceptOptions(options)
  const through = doorOf(door)
  const sampler = door.sample && spanSampler(door.sample)
  const lineage = new Lineage()
  const messages = new SpanMessages(through)
  let waiting = 0

  async function respond(request: Request, format: Format, signal: Signal): Promise<Response> {
    const tenant = tenantOf && (await tenantFor(request, tenantOf))
    let taken = 0
    const take = (bytes: number): void => {
      if (waiting + bytes > maxWaiting) throw later(429, retryAfter, 'too much is being written; send it again later')
      waiting += bytes
      taken += bytes
    }
    try {
      const found = await read(await bodyOf(request, { maxBytes, timeout, retryAfter, take }), format, signal, through)
      const traces = tenant === undefined ? storage.traces : storage.tenant(tenant).traces
      if (found instanceof FoundLogs) found.tell(messages, tenant)
      checkExpanse(found, MOST_EXPANDED * maxBytes)
      await write(traces, found, tenant)
      return success(format, signal, partialOf(found))
    } finally {
      waiting -= taken
    }
  }

  async function write(traces: TraceWriter, found: FoundSpans, tenant?: string): Promise<void> {
    const isLogs = found instanceof FoundLogs
    const all = found.spans.map((span) => heldSpan(span, isLogs))
    const picked = sampler?.take(all, tenant)
    const kept = picked?.items ?? all
    const [plain, messages] = [false, true].map((isOf) => kept.filter(({ isMessages }) => isMessages === isOf))
    // A record of messages says nothing of where its span is, which a lineage would forget over it.
    const told = lineage.read(
      plain!.map(({ span }) => span),
      tenant,
    )
    const spans = [...plain!, ...messages!].map(({ span }) => span)
    const places = new Map(found.spans.map((span, index) => [span, index]))
    const lost = new Set<number>()
    for await (const { from, rejected } of writeParts(
      traces,
      [...told.spans, ...spans.slice(told.spans.length), ...told.others],
      DEFAULT_BATCH,
    ))
      for (const { index, reason } of rejected) {
        lost.add(from + index)
        const place = places.get(spans[from + index]!)
        if (place !== undefined) found.reject(place, reason)
      }
    picked?.written()
    const late = told.written(lost)
    for await (const _ of writeParts(traces, late.others, DEFAULT_BATCH));
    late.written()
  }

  function refusalOf(error: unknown): Refusal {
    if (error instanceof Refusal) return error
    tell(onError, error instanceof Error ? error : new Error(String(error)))
    const isLasting = error instanceof StoreError && (error.code === 'invalid' || error.code === 'unsupported')
    if (isLasting) return new Refusal(500, 'internal', 'the spans cannot be stored as this receiver is set up')
    return later(503, retryAfter, 'the spans could not be stored for now; send them again later')
  }

  return async (request) => {
    const format = formatOf(request.headers.get('content-type'))
    try {
      const signal = signalOf(request)
      if (format !== undefined) return await respond(request, format, signal)
      throw new Refusal(415, 'invalid', 'send content-type application/x-protobuf or application/json')
    } catch (error) {
      return failure(format ?? 'json', refusalOf(error))
    }
  }
}

/** How many times `maxBytes` what spans share may take, as it is written with each of them. */
const MOST_EXPANDED = 8

function checkExpanse({ spans }: FoundSpans, most: number): void {
  if (spans.reduce((sum, span) => sum + sizeOfShared(span), 0) > most)
    throw new Refusal(413, 'invalid', 'the resource or scope is too large for so many spans; send fewer at once')
}

async function tenantFor(request: Request, tenantOf: NonNullable<ReceiverOptions['tenantOf']>): Promise<string> {
  const [, token] = /^bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '') ?? []
  const tenant = token === undefined ? undefined : await tenantOf(token, request)
  if (typeof tenant === 'string') return tenant
  const message = token === undefined ? 'send the header authorization: Bearer <token>' : 'the token is not known'
  throw new Refusal(401, 'unauthenticated', message, { 'www-authenticate': 'Bearer' })
}
