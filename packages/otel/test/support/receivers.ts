import { openStorage, type Storage } from 'freehold'
import { onTestFinished } from 'vitest'
import { type OtlpReceiver, otlpReceiver, type ReceiverOptions } from '../../src/index.js'

/** A receiver of a storage in memory, closed after the test. */
export async function receiverOf(options: ReceiverOptions = {}): Promise<{ storage: Storage; receive: OtlpReceiver }> {
  const storage = await openStorage({ databases: { main: 'sqlite::memory:' }, migrate: true })
  onTestFinished(() => storage.close())
  return { storage, receive: otlpReceiver(storage, options) }
}

/** A request with traces, by default of OTLP/JSON. */
export function post(body: string | object, headers: Record<string, string> = {}, path = '/v1/traces'): Request {
  const isBody = typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream
  return new Request(`http://localhost:4318${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: isBody ? body : JSON.stringify(body),
    duplex: 'half',
  } as RequestInit)
}

export const PROTOBUF = { 'content-type': 'application/x-protobuf' }
