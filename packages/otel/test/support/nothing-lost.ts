import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Storage, TraceSummary } from '@freehold/contract'
import type { Engine } from '@freehold/databases/engines'
import { context, trace } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { openStorage } from 'freehold'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FreeholdSpanProcessor, type ProcessorOptions } from '../../src/index.js'
import { type Place, startPlace } from './places.js'

const KILLED = fileURLToPath(new URL('killed.mjs', import.meta.url))

/** How much of its size each has. What they prove lies before the database, and the whole of it takes minutes on each engine. */
const SHARE = Number(process.env.PROOF_SHARE ?? 1)
const share = (count: number) => Math.round(count * SHARE)

/** Spans a second, for so many seconds, of which the database is stopped for some in the middle: at a share, for more than half of them. */
const RATE = 2_000
const [SECONDS, STOPPED] = SHARE < 1 ? [2 * share(30), 2 * share(20)] : [60, 30]
const IN_TRACE = 100
/** Processes that are killed, so many of them running at a time, each within so many milliseconds. */
const [KILLS, AT_ONCE, LONGEST] = [share(100), 6, 1_500]

/** What a recorder promises, on an engine; to be called in a file of its own, as it takes minutes. */
export function describeNothingLost(engine: Engine | 'sqlite'): void {
  describe(`on ${engine}`, () => {
    let place: Place | undefined
    let because = ''
    let storage: Storage
    let directory: string
    let processor: FreeholdSpanProcessor | undefined

    beforeAll(async () => {
      try {
        place = await startPlace(engine)
      } catch (error) {
        if (process.env.REQUIRE_ALL_BACKENDS === '1') throw error
        because = String(error)
        return
      }
      storage = await openStorage(place.url, { migrate: true })
      directory = mkdtempSync(join(tmpdir(), 'freehold-spool-'))
    }, 180_000)
    afterAll(async () => {
      await storage?.close()
      await place?.dispose()
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
    })

    // One that a failed test left open would hold the spool.
    afterEach(async () => {
      await processor?.shutdown().catch(() => undefined)
    })

    function processorOf(options: ProcessorOptions): FreeholdSpanProcessor {
      const one = new FreeholdSpanProcessor(storage.traces, { spool: { directory }, onError: () => {}, ...options })
      processor = one
      return one
    }

    it(`nothing is lost of ${RATE} spans a second while the database is stopped for ${STOPPED} seconds`, async (ctx) => {
      if (place === undefined) return ctx.skip(because)
      // All of them fit: what is tried is the outage, and not how busy the machine is. But a file that is locked is waited for, so there
      // the spool begins when half of what fits is in memory, and that has to be within the outage, also where that is half of the time.
      const limit = engine === 'sqlite' && SHARE === 1 ? 1.6 * RATE * STOPPED : RATE * SECONDS
      const processor = processorOf({ limit, deadline: 300_000 })
      const load = record(processor)
      await sleep(((SECONDS - STOPPED) / 2) * 1_000)
      await place.stop()
      await sleep(STOPPED * 1_000)
      await place.start()
      await load
      await processor.forceFlush()
      const { recorded, written, duplicates, rejected, spooled, dropped } = processor.counts
      expect({ recorded, kept: written + duplicates, rejected, dropped }).toEqual({
        recorded: RATE * SECONDS,
        kept: RATE * SECONDS,
        rejected: 0,
        dropped: { full: 0, closed: 0, refused: 0, broken: 0 },
      })
      expect(spooled).toBeGreaterThan(0)
      await processor.shutdown()
      const summaries = await allOf(storage)
      expect([summaries.length, new Set(summaries.map(({ spans }) => spans))]).toEqual([
        (RATE * SECONDS) / IN_TRACE,
        new Set([IN_TRACE]),
      ])
    }, 600_000)

    it(`what ${KILLS} processes kept until they were killed is there, once`, async (ctx) => {
      if (place === undefined) return ctx.skip(because)
      const kept = new Map<string, string[]>()
      const { url } = place
      let left = KILLS
      const killing = async () => {
        while (left-- > 0) await killOne(url, directory, kept)
      }
      await Promise.all(Array.from({ length: AT_ONCE }, killing))
      const processor = processorOf({})
      const logs = () => readdirSync(join(directory, 'spans-1')).filter((name) => name.includes('-'))
      await expect.poll(logs, { timeout: 300_000, interval: 200 }).toEqual([])
      await processor.forceFlush()
      await processor.shutdown()
      const missing: string[] = []
      const wrong: string[] = []
      for (const [traceId, ids] of kept) {
        const found = await storage.traces.get(traceId)
        const there = (found?.spans ?? []).map(({ spanId }) => spanId)
        missing.push(...ids.filter((id) => !there.includes(id)))
        if (found?.summary.spans !== there.length || new Set(there).size !== there.length) wrong.push(traceId)
      }
      expect({ missing, wrong, broken: processor.counts.dropped.broken }).toEqual({ missing: [], wrong: [], broken: 0 })
      expect(kept.size).toBeGreaterThan(KILLS / 2)
    }, 600_000)
  })
}

/** Ends so many spans a second as are due by the clock, however busy the machine is. */
async function record(processor: FreeholdSpanProcessor): Promise<void> {
  const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('load')
  const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5', text: 'x'.repeat(500) }
  const begin = performance.now()
  for (let done = 0; done < RATE * SECONDS; ) {
    const due = Math.min(RATE * SECONDS, Math.floor(((performance.now() - begin) * RATE) / 1_000 / IN_TRACE) * IN_TRACE)
    for (; done < due; done += IN_TRACE) {
      const root = tracer.startSpan('root')
      const within = trace.setSpan(context.active(), root)
      for (let n = 1; n < IN_TRACE; n++) tracer.startSpan('chat gpt-5', { attributes }, within).end()
      root.end()
    }
    await sleep(10)
  }
}

async function allOf(storage: Storage): Promise<TraceSummary[]> {
  const all: TraceSummary[] = []
  for (let after: string | undefined; ; ) {
    const { items, next } = await storage.traces.find({}, { limit: 100, after })
    all.push(...items)
    if (next === undefined) return all
    after = next
  }
}

/** Notes what a process tells that it kept, until it is killed. */
async function killOne(url: string, directory: string, kept: Map<string, string[]>): Promise<void> {
  const child = spawn(process.execPath, [KILLED, url, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  const ended = once(child, 'close')
  await Promise.race([once(child.stdout, 'data'), ended])
  await sleep(Math.random() * LONGEST)
  child.kill('SIGKILL')
  const [code] = await ended
  if (code !== null) throw new Error(`the process ended by itself, with ${code}`)
  // The last line may be torn.
  for (const line of told.split('\n').slice(0, -1)) {
    const [traceId, ...ids] = line.split(' ')
    kept.set(traceId!, [...(kept.get(traceId!) ?? []), ...ids])
  }
}
