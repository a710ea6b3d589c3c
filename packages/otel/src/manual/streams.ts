import { errorMonitor } from 'node:events'
import { Readable } from 'node:stream'
import {
  ReadableStream,
  type ReadableStreamBYOBRequest,
  type ReadableStreamController,
  type ReadableStreamDefaultReader,
  type UnderlyingSource,
} from 'node:stream/web'
import { Flow, Watch } from './flow.js'
import { isFixed, watchedIterable } from './iterables.js'
import type { OpenSpan } from './open-span.js'

/**
 * The same stream, which ends the span when it ends, fails or is given up: a web stream, a stream of Node.js, a generator or
 * whatever else has an async iterator. `undefined` of a value that is none, and of one that is frozen, read by somebody else or
 * over already.
 */
export function watchedStream(value: unknown, span: OpenSpan): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (value instanceof ReadableStream) return value.locked ? undefined : watchedWeb(value, watchOf(span))
  if (value instanceof Readable)
    return value.destroyed || value.readableEnded ? undefined : watchedNode(value, watchOf(span))
  if (!(Symbol.asyncIterator in value || isGenerator(value)) || isFixed(value, Symbol.asyncIterator)) return undefined
  return watchedIterable(value, watchOf(span))
}

function watchOf(span: OpenSpan): Watch {
  return new Watch(new Flow(span))
}

function isGenerator(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Generator]'
}

/** Its methods take no proxy, so that it is another stream that asks this one. Nothing is read ahead. */
function watchedWeb(stream: ReadableStream, watch: Watch): ReadableStream {
  const type = takesBuffers(stream) ? 'bytes' : undefined
  const reader: ReadableStreamDefaultReader = stream.getReader()
  const source = {
    type,
    async pull(controller: ReadableStreamController<unknown>) {
      try {
        const { done, value } = await watch.flow.within(() => reader.read())
        if (done) {
          watch.flow.end()
          controller.close()
          // Who waits with a buffer of their own is told as well.
          if ('byobRequest' in controller) (controller.byobRequest as ReadableStreamBYOBRequest | null)?.respond(0)
        } else {
          watch.flow.took(value)
          controller.enqueue(value)
        }
      } catch (error) {
        watch.flow.fail(error)
        throw error
      }
    },
    cancel(reason: unknown) {
      watch.flow.end()
      return watch.flow.within(() => reader.cancel(reason))
    },
  }
  return new ReadableStream(source as UnderlyingSource, { highWaterMark: 0 })
}

function takesBuffers(stream: ReadableStream): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}

/** Listens only: whoever reads it reads the stream itself. An `error` that nobody handles stays one. */
function watchedNode(stream: Readable, watch: Watch): Readable {
  return stream
    .once(errorMonitor, (error) => watch.flow.fail(error))
    .once('end', () => watch.flow.end())
    .once('close', () => watch.flow.end())
}
