import { readdirSync, readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gunzipSync, inflateSync } from 'node:zlib'
import type { Storage } from 'freehold'
import { expect, it } from 'vitest'
import { otlpReceiver } from '../src/index.js'
import { MemoryWriter } from './support/memory-writer.js'
import { post } from './support/receivers.js'

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

/** Numbers that are the same in every run (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Bytes changed, left out, doubled, cut off, or put in from elsewhere, in one to four places. */
function mutated(body: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(body)
  for (let n = random(4); n >= 0; n--) {
    const at = random(bytes.length || 1)
    const length = random(1 + Math.min(16, bytes.length - at))
    const part = bytes.subarray(at, at + length)
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + length)]
    switch (random(6)) {
      case 0:
        bytes[at] = random(256)
        break
      case 1:
        bytes[at] = bytes[at]! ^ (1 << random(8))
        break
      case 2:
        bytes = Buffer.concat([before, after])
        break
      case 3:
        bytes = Buffer.concat([before, part, part, after])
        break
      case 4:
        bytes = Buffer.from(before)
        break
      default:
        bytes = Buffer.concat([before, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f].slice(0, length)), after])
    }
  }
  return bytes
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapInUse(): number {
  collect()
  return process.memoryUsage().heapUsed / 1_048_576
}

it('100,000 bodies that were changed are answered, and nothing of a refused one is stored', async () => {
  const random = randomOf(20261130)
  const statuses = new Map<number, number>()
  let writer = new MemoryWriter()
  const storage = { traces: { write: (spans: never) => writer.write(spans) } } as unknown as Storage
  const receive = otlpReceiver(storage)
  const before = heapInUse()
  for (let n = 0; n < 100_000; n++) {
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
  expect(Math.min(...statuses.values())).toBeGreaterThan(5_000)
  expect(heapInUse() - before).toBeLessThan(50)
}, 300_000)
