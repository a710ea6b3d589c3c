import { readdirSync, readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gunzipSync, inflateSync } from 'node:zlib'
import type { Storage } from 'freehold'
import { expect, it } from 'vitest'
import { otlpReceiver } from '../src/index.js'
import { MemoryWriter } from './support/memory-writer.js'
import { mutated, randomOf } from './support/mutations.js'
import { PROTOBUF, post } from './support/receivers.js'

const DIRECTORY = new URL('fixtures/exporters/', import.meta.url)

interface Sent {
  headers: Record<string, string>
  body: Buffer
}

const SENT = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith('.bin'))
  .map((file): Sent => {
    const { headers } = JSON.parse(readFileSync(new URL(file.replace('.bin', '.json'), DIRECTORY), 'utf8')) as Sent
    return { headers, body: readFileSync(new URL(file, DIRECTORY)) }
  })

/** Unpacked as well: what is behind a checksum is hardly ever reached. */
const PLAIN = SENT.map(({ headers: { 'content-encoding': coding, ...headers }, body }): Sent => {
  if (coding === undefined) return { headers, body }
  return { headers, body: coding === 'gzip' ? gunzipSync(body) : inflateSync(body) }
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapInUse(): number {
  collect()
  return process.memoryUsage().heapUsed / 1_048_576
}

const BODIES = Math.round(100_000 * Number(process.env.PROOF_SHARE ?? 1))

it(`${BODIES} bodies that were changed are answered, and nothing of a refused one is stored`, async () => {
  const random = randomOf(20261130)
  const statuses = new Map<number, number>()
  let writer = new MemoryWriter()
  const storage = { traces: { write: (spans: never) => writer.write(spans) } } as unknown as Storage
  const receive = otlpReceiver(storage)
  const before = heapInUse()
  for (let n = 0; n < BODIES; n++) {
    const bodies = n % 10 === 0 ? SENT : PLAIN
    const { headers, body } = bodies[random(bodies.length)]!
    writer = new MemoryWriter()
    const { status } = await receive(post(mutated(body, random), headers))
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (status !== 200) expect([status, writer.spans.size, writer.batches]).toEqual([400, 0, []])
  }
  // Many of both, so that both were tried.
  expect([...statuses].sort(([a], [b]) => a - b)).toEqual([
    [200, expect.any(Number)],
    [400, expect.any(Number)],
  ])
  expect(Math.min(...statuses.values())).toBeGreaterThan(BODIES / 20)
  expect(heapInUse() - before).toBeLessThan(50)
}, 300_000)

it('20,000 bodies of logs as well', async () => {
  const random = randomOf(20261201)
  const statuses = new Map<number, number>()
  const bodies = (['json', 'protobuf'] as const).map((format) => ({
    headers: format === 'json' ? {} : PROTOBUF,
    body: readFileSync(new URL(`fixtures/openai-events/javascript-0.21.0-${format}-logs.bin`, import.meta.url)),
  }))
  let writer = new MemoryWriter()
  const storage = { traces: { write: (spans: never) => writer.write(spans) } } as unknown as Storage
  const receive = otlpReceiver(storage)
  const before = heapInUse()
  for (let n = 0; n < 20_000; n++) {
    const { headers, body } = bodies[n % 2]!
    writer = new MemoryWriter()
    const { status } = await receive(post(mutated(body, random), headers, '/v1/logs'))
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (status !== 200) expect([writer.spans.size, writer.batches]).toEqual([0, []])
  }
  expect([...statuses.keys()].sort()).toEqual([200, 400, 404])
  expect(heapInUse() - before).toBeLessThan(100)
}, 300_000)
