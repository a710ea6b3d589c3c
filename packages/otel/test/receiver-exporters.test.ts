import { readdirSync, readFileSync } from 'node:fs'
import { openStorage } from 'freehold'
import { describe, expect, it, onTestFinished } from 'vitest'
import { importOtlp } from '../src/index.js'
import { post, receiverOf } from './support/receivers.js'

/**
 * Requests as official exporters of eight languages sent them, byte for byte, and what the official decoder (Python's
 * `opentelemetry-proto`) read in each. Those of JSON are as they were written.
 */
const DIRECTORY = new URL('fixtures/exporters/', import.meta.url)
const NAMES = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith('.bin'))
  .map((file) => file.replace('.bin', ''))

interface Decoded {
  spans: (Record<string, unknown> & { resource: number; scope: [number, number] })[]
  resources: object[]
  scopes: { attributes: unknown[]; schemaUrl?: string }[][]
}

interface Sent {
  headers: Record<string, string>
  /** Nothing where the official decoder refuses the bytes. */
  expected: Decoded | null
}

/** Exporters of JavaScript write integers as numbers, of which a text would say more. */
const INTEGER = /"intValue":"([^"]+)"/g

function read(name: string): Sent & { body: Uint8Array } {
  const text = readFileSync(new URL(`${name}.json`, DIRECTORY), 'utf8')
  const numbers = /^javascript-.*-json/.test(name) ? text.replace(INTEGER, '"intValue":$1') : text
  const sent = JSON.parse(numbers) as Sent
  return { ...sent, body: readFileSync(new URL(`${name}.bin`, DIRECTORY)) }
}

/** The same in OTLP/JSON, a scope for each span. */
function documentOf({ spans, resources, scopes }: Decoded) {
  return {
    resourceSpans: spans.map(({ resource, scope: [r, s], statusCode, statusMessage, ...span }) => {
      const { schemaUrl, attributes, ...rest } = scopes[r]![s]!
      const scope = attributes.length === 0 ? rest : { ...rest, attributes }
      const status = { code: statusCode, message: statusMessage }
      return { resource: resources[resource], scopeSpans: [{ scope, schemaUrl, spans: [{ ...span, status }] }] }
    }),
  }
}

async function tracesIn(document: object) {
  const storage = await openStorage({ databases: { main: 'sqlite::memory:' }, migrate: true })
  onTestFinished(() => storage.close())
  const { traceIds, rejected } = await importOtlp(storage.traces, document)
  return { rejected, traces: await Promise.all(traceIds.map((id) => storage.traces.get(id))) }
}

describe.each(NAMES.filter((name) => read(name).expected !== null))('%s', (name) => {
  it('is kept as the official decoder reads it', async () => {
    const { headers, body, expected } = read(name)
    const { storage, receive } = await receiverOf()
    const response = await receive(post(body, headers))
    expect([response.status, response.headers.get('content-type')]).toEqual([200, headers['content-type']])
    const { rejected, traces } = await tracesIn(documentOf(expected!))
    expect(rejected).toEqual([])
    expect(await Promise.all(traces.map((trace) => storage.traces.get(trace!.summary.traceId)))).toEqual(traces)
  })

  it('changes nothing when it is sent again', async () => {
    const { headers, body } = read(name)
    const { storage, receive } = await receiverOf()
    await receive(post(body, headers))
    const before = await storage.traces.spans()
    expect((await receive(post(body, headers))).status).toBe(200)
    expect(await storage.traces.spans()).toEqual(before)
    expect(before.items.length).toBeGreaterThanOrEqual(4)
  })
})

it('what the official decoder refuses is refused, and none of it kept', async () => {
  const { headers, body } = read('javascript-0.57.2-protobuf-surrogate')
  const { storage, receive } = await receiverOf()
  const response = await receive(post(body, headers))
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('resourceSpans[0].scopeSpans[0].spans[0].attributes[19]: a text is not UTF-8')
  expect((await storage.traces.spans()).items).toEqual([])
})

it('is told without warnings, but where an exporter rounded a number', async () => {
  const told: string[] = []
  for (const name of NAMES.filter((each) => read(each).expected !== null && each.includes('json'))) {
    const { headers, body } = read(name)
    const { receive } = await receiverOf()
    const { partialSuccess } = (await (await receive(post(body, headers))).json()) as {
      partialSuccess?: { errorMessage: string }
    }
    if (partialSuccess !== undefined) told.push(`${name}: ${partialSuccess.errorMessage}`)
  }
  expect(told.filter((each) => !each.includes('beyond 2^53'))).toEqual([])
})
