import { type Storage, StoreError, type TraceWriter } from '@freehold/contract'
import { DEFAULT_BATCH, tell } from '@freehold/recorder'
import { doorOf } from '../door/door.js'
import { placedSpans, spanSampler } from '../door/sample-spans.js'
import { Lineage } from '../lineage.js'
import { FoundSpans } from '../read-document.js'
import { writeParts } from '../write-parts.js'
import { type Format, failure, formatOf, success } from './answer.js'
import { bodyOf } from './body.js'
import { fromJson } from './from-json.js'
import { acceptOptions, type ReceiverOptions } from './options.js'
import { TooManyParts } from './parts.js'
import { later, Refusal } from './refusal.js'

/** As a Fetch handler: `Request` and `Response` of the platform. */
export type OtlpReceiver = (request: Request) => Promise<Response>

/**
 * An endpoint for OTLP/HTTP, to which an exporter of any language sends traces: protobuf or JSON, packed with gzip, deflate or not.
 * It takes `POST` on any path that ends with `/v1/traces`.
 *
 * ```ts
 * import { serve } from '@hono/node-server'
 * serve({ fetch: otlpReceiver(storage), port: 4318 })
 * ```
 *
 * - 200 only after the commit; `partial_success` counts the spans that could not be kept, and names the first of them
 * - 400 where the body is no such request, of which nothing is stored then; 401, 404, 405, 413 and 415 say what to do
 * - 429 where too much is worked on at the same time, and 503 where the database is away, both with `Retry-After`: an exporter
 *   sends the same again, which changes nothing where it had been stored
 * - 500 where a retry is no help, such as for a tenant id that is none
 *
 * An answer holds no payload, no token and nothing of the database's own words; those go to `onError`.
 *
 * @throws StoreError `invalid`, naming every wrong option
 */
export function otlpReceiver(storage: Storage, options: ReceiverOptions = {}): OtlpReceiver {
  const { tenantOf, maxBytes, maxWaiting, retryAfter, onError, door } = acceptOptions(options)
  const lineage = new Lineage()
  const through = doorOf(door)
  const sampler = door.sample && spanSampler(door.sample)
  let waiting = 0

  async function respond(request: Request, format: Format): Promise<Response> {
    const tenant = tenantOf && (await tenantFor(request, tenantOf))
    let taken = 0
    const take = (bytes: number): void => {
      if (waiting + bytes > maxWaiting) throw later(429, retryAfter, 'too much is being written; send it again later')
      waiting += bytes
      taken += bytes
    }
    try {
      const found = new FoundSpans(through)
      await read(await bodyOf(request, { maxBytes, take }), format, found)
      const traces = tenant === undefined ? storage.traces : storage.tenant(tenant).traces
      await write(traces, found, tenant)
      return success(format, partialOf(found))
    } finally {
      waiting -= taken
    }
  }

  async function write(traces: TraceWriter, found: FoundSpans, tenant?: string): Promise<void> {
    const placed = placedSpans(found)
    const kept = sampler?.take(placed, tenant) ?? { items: placed, written: () => {} }
    const spans = kept.items.map(({ span }) => span)
    const inLineage = lineage.read(spans, tenant)
    for await (const { from, rejected } of writeParts(traces, [...inLineage.spans, ...inLineage.others], DEFAULT_BATCH))
      for (const { index, reason } of rejected) {
        const path = kept.items[from + index]?.path
        if (path !== undefined) found.rejected.push({ path, reason })
      }
    inLineage.written()
    kept.written()
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
      checkTarget(request)
      if (format !== undefined) return await respond(request, format)
      throw new Refusal(415, 'invalid', 'send content-type application/x-protobuf or application/json')
    } catch (error) {
      return failure(format ?? 'json', refusalOf(error))
    }
  }
}

function checkTarget({ url, method }: Request): void {
  const { pathname } = new URL(url)
  if (/\/v1\/(logs|metrics)$/.test(pathname))
    throw new Refusal(404, 'notFound', 'only traces are taken here, at /v1/traces; send logs and metrics elsewhere')
  if (!pathname.endsWith('/v1/traces')) throw new Refusal(404, 'notFound', 'traces are taken at /v1/traces')
  if (method !== 'POST') throw new Refusal(405, 'unimplemented', 'send traces with POST', { allow: 'POST' })
}

async function tenantFor(request: Request, tenantOf: NonNullable<ReceiverOptions['tenantOf']>): Promise<string> {
  const [, token] = /^bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '') ?? []
  const tenant = token === undefined ? undefined : await tenantOf(token, request)
  if (typeof tenant === 'string') return tenant
  const message = token === undefined ? 'send the header authorization: Bearer <token>' : 'the token is not known'
  throw new Refusal(401, 'unauthenticated', message, { 'www-authenticate': 'Bearer' })
}

async function read(body: Uint8Array, format: Format, found: FoundSpans): Promise<void> {
  try {
    if (format === 'json') fromJson(body, found)
    // The decoder is loaded by who needs it.
    else (await import('./from-protobuf.js')).fromProtobuf(body, found)
  } catch (error) {
    const { message } = error as Error
    if (error instanceof TooManyParts)
      throw new Refusal(413, 'invalid', `the body ${message}; send fewer spans at once`)
    throw new Refusal(400, 'invalid', `the body is no ExportTraceServiceRequest in ${format}: ${message}`)
  }
}

/** Most problems that an answer tells: an exporter logs them. */
const MOST_TOLD = 10

function partialOf({ rejected, warnings }: FoundSpans): { rejectedSpans: number; errorMessage: string } {
  const all = [...rejected, ...warnings]
  const told = all.slice(0, MOST_TOLD).map(({ path, reason }) => `${path} ${reason}`)
  if (all.length > MOST_TOLD) told.push(`and ${all.length - MOST_TOLD} more`)
  return { rejectedSpans: rejected.length, errorMessage: told.join('; ') }
}
