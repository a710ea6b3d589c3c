import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { auditApprovals, openStorage, type Storage } from 'freehold'
import { describe, expect, it, vi } from 'vitest'
import { PLACES, type Place } from './support/places.js'

const AUDITING = fileURLToPath(new URL('support/auditing.mjs', import.meta.url))
/** Processes that are killed, each so many milliseconds after it began to work, and approvals that go their way meanwhile. */
const [KILLS, LONGEST, APPROVALS] = [8, 150, 40]

/** Each engine once as the one and once as the other. */
const PAIRS = PLACES.map(([from, openFrom], i) => {
  const [to, openTo] = PLACES[(i + 1) % PLACES.length]!
  return [from, to, openFrom, openTo] as const
})

// Each waits for the lease of those who were killed, most of the time.
describe.concurrent.each(PAIRS)('approvals on %s, their audit on %s', (_, __, openFrom, openTo) => {
  it(`is told every event once, in order, whatever ${KILLS} processes that tell it are killed at`, {
    timeout: 300_000,
  }, async () => {
    const places = [await openFrom(), await openTo()]
    const storage = await open(places)
    try {
      const working = goTheirWay(storage)
      for (let n = 0; n < KILLS; n++) await killOne(places, Math.random() * LONGEST)
      await working
      const relay = auditApprovals(storage, { interval: 20 })
      await vi.waitUntil(async () => (await countOf(storage)) >= APPROVALS * 4, { timeout: 120_000, interval: 200 })
      await relay.close()
      for (let n = 0; n < APPROVALS; n++) {
        const { items: events } = await storage.approvals.events(`a${n}`)
        const { items: entries } = await storage.audit.read({ approvalId: `a${n}`, stream: 'approvals' })
        expect(entries.toReversed().map(({ id }) => id)).toEqual(events.map(({ id }) => id))
      }
      expect(await storage.audit.verify('approvals')).toMatchObject({ status: 'ok', entries: APPROVALS * 4 })
    } finally {
      await storage.close()
      await Promise.all(places.map((place) => place.remove()))
    }
  })
})

function open([from, to]: readonly Place[]): Promise<Storage> {
  const routes = { traces: 'main', sessions: 'main', approvals: 'main', audit: 'vault' } as const
  return openStorage({ databases: { main: from!.url, vault: to!.url }, routes, migrate: true })
}

async function goTheirWay({ approvals }: Storage): Promise<void> {
  for (let n = 0; n < APPROVALS; n++) {
    const id = `a${n}`
    await approvals.request({ id, tool: 'refund', args: { n } })
    await approvals.decide(id, { decision: 'approved', by: 'lena' })
    await approvals.consume(id, { n })
    await approvals.complete(id, { outcome: n % 2 === 0 ? 'executed' : 'failed' })
    await sleep(50)
  }
}

async function killOne(places: readonly Place[], after: number): Promise<void> {
  const urls = places.map(({ url }) => url)
  const child = spawn(process.execPath, [AUDITING, ...urls], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  await Promise.race([once(child.stdout, 'data'), ended])
  await sleep(after)
  child.kill('SIGKILL')
  await ended
}

async function countOf({ audit }: Storage): Promise<number> {
  return (await audit.head('approvals')).seq
}
