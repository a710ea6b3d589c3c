import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { openStorage } from 'freehold'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type OtlpReceiver, otlpReceiver } from '../src/index.js'

/** Serves a receiver, some of whose first answers may be others, and exports a span to it. */
async function exported(Exporter: typeof JsonExporter, options: object, before: Response[] = []) {
  const storage = await openStorage({ databases: { main: 'sqlite::memory:' }, migrate: true })
  const tenantOf = (token: string) => (token === 'secret' ? 'acme' : undefined)
  const receive = otlpReceiver(storage, { tenantOf })
  const fetch: OtlpReceiver = async (request) => before.shift() ?? receive(request)
  const server = serve({ fetch, port: 0, hostname: '127.0.0.1' })
  onTestFinished(async () => {
    server.close()
    await storage.close()
  })
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`
  const exporter = new Exporter({ url, headers: { authorization: 'Bearer secret' }, ...options })
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'gpt-5',
    'gen_ai.usage.input_tokens': 7,
  }
  provider.getTracer('t').startSpan('chat gpt-5', { attributes }).end()
  await provider.shutdown()
  return (await storage.tenant('acme').traces.find()).items
}

describe.each([
  ['JSON', JsonExporter],
  ['protobuf', ProtobufExporter as unknown as typeof JsonExporter],
])('the exporter of OpenTelemetry for %s', (_, Exporter) => {
  it.each([
    ['as it is', {}],
    ['with gzip', { compression: 'gzip' }],
  ])('sends a span %s', async (_, options) => {
    expect(await exported(Exporter, options)).toMatchObject([
      { name: 'chat gpt-5', kinds: { llm: 1 }, models: ['gpt-5'], tokens: { prompt: 7 } },
    ])
  })

  it('sends it again where it is told to', async () => {
    const later = new Response('{}', { status: 503, headers: { 'retry-after': '0' } })
    expect(await exported(Exporter, {}, [later])).toHaveLength(1)
  })

  it('is refused without the right token', async () => {
    expect(await exported(Exporter, { headers: { authorization: 'Bearer other' } })).toEqual([])
  })
})
