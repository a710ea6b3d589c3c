import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  fileKeys,
  type OpenedStorage,
  openStorage,
  type RetentionConfig,
  StoreError,
  type TenantStorage,
  withSealing,
} from '../src/index.js'
import { maintain } from '../src/retention/maintain.js'
import { PLACES } from './support/places.js'
import { afterwards } from './support/storages.js'

const DAY = 86_400_000
const NOW = Date.now()
const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0')

/** A trace that began so many days ago, which is its number. */
const traceOf = (days: number, fields: object = {}) => ({
  traceId: hex(days, 32),
  spanId: hex(1, 16),
  name: 'step',
  startedAt: NOW - days * DAY,
  endedAt: NOW - days * DAY + 1,
  ...fields,
})

const RETAINING = {
  all: { traces: DAY },
  tenants: new Map(),
  every: undefined,
  keys: undefined,
  onMaintained: undefined,
}

async function open(url: string, retention: RetentionConfig): Promise<OpenedStorage> {
  const storage = await openStorage({ databases: { main: url }, migrate: true, retention })
  afterwards(() => storage.close())
  return storage
}

function file(): string {
  const directory = mkdtempSync(join(tmpdir(), 'freehold-'))
  afterwards(async () => rmSync(directory, { recursive: true, force: true }))
  return join(directory, 'agents.db')
}

const left = async ({ traces }: Pick<OpenedStorage, 'traces'>) =>
  (await traces.find()).items.map(({ traceId }) => Number.parseInt(traceId, 16)).sort((a, b) => a - b)

afterEach(() => void vi.useRealTimers())

describe.each(PLACES)('retention on %s', (_, place) => {
  it('removes what is past its date, tells the audit of each tenant, and how far behind it is', {
    timeout: 60_000,
  }, async () => {
    const { url, remove } = await place()
    afterwards(remove)
    const tenants = { acme: { traces: '10d' }, vault: {} } as const
    const storage = await open(url, {
      traces: '90d',
      tracesWithErrors: '200d',
      sessions: '400d',
      tenants,
      every: false,
    })
    for (const tenant of [storage, storage.tenant('acme'), storage.tenant('vault')]) {
      await tenant.traces.write([5, 50, 100, 300].map((days) => traceOf(days)))
      await tenant.traces.write([150, 250].map((days) => traceOf(days, { status: 'error' })))
    }
    const dry = await storage.maintain({ dryRun: true })
    const [traces, sessions] = await storage.maintain()
    expect(sessions).toMatchObject({ domain: 'sessions', purged: { tenants: [], complete: true } })
    expect(traces!.purged).toMatchObject({ complete: true, secondsPast: 0 })
    expect(traces!.purged!.tenants).toEqual([
      { tenant: 'acme', removed: 5, rows: 5 },
      { tenant: 'default', removed: 3, rows: 3 },
    ])
    expect(dry[0]!.purged!.tenants).toEqual(traces!.purged!.tenants)
    expect(await Promise.all([storage, storage.tenant('acme'), storage.tenant('vault')].map(left))).toEqual([
      [5, 50, 150],
      [5],
      [5, 50, 100, 150, 250, 300],
    ])
    const { items } = await storage.tenant('acme').audit.read({ stream: 'retention' })
    expect(items).toMatchObject([
      { actor: 'freehold:retention', action: 'retention.purged', target: 'traces', data: { removed: 5, rows: 5 } },
    ])
    expect((await storage.tenant('vault').audit.read()).items).toEqual([])
    expect(await storage.audit.verify('retention')).toMatchObject({ status: 'ok', entries: 1 })
  })
})

describe('retention', () => {
  it.each([
    ['with the keys', true],
    ['without the keys, as the audit tells', false],
  ])('keeps what is of a user who is held, %s', async (_, isGiven) => {
    const path = file()
    const keys = fileKeys(join(path, '..', 'keys'))
    const storage = await open(`sqlite:${path}`, { traces: '1d', every: false, ...(isGiven ? { keys } : {}) })
    await storage.traces.write([traceOf(5, { userId: 'ann' }), traceOf(6, { userId: 'bob' })])
    const audit = withSealing(storage, { keys })
    await audit.hold({ id: 'case-1', subject: 'ann', by: 'legal', reason: 'Doe v. Roe' })
    const [traces] = await storage.maintain()
    expect(traces!.purged).toMatchObject({ held: 1, complete: true })
    expect(await left(storage)).toEqual([5])
    await audit.release('case-1', { by: 'legal', reason: 'settled' })
    await storage.maintain()
    expect(await left(storage)).toEqual([])
  })

  it('asks at each look who was held meanwhile, and of each hold once whether it was released', async () => {
    const path = file()
    const keys = fileKeys(join(path, '..', 'keys'))
    const storage = await open(`sqlite:${path}`, {})
    const traces = Array.from({ length: 1_001 }, (_, n) => traceOf(1_100 - n, { userId: `user ${n}` }))
    await storage.traces.write(traces)
    const sealed = withSealing(storage, { keys })
    for (const n of [0, 1]) await sealed.hold({ id: `case-${n}`, subject: `user ${n}`, by: 'legal', reason: 'Doe' })
    await sealed.release('case-1', { by: 'legal', reason: 'settled' })
    const asked: (string | undefined)[] = []
    const read: typeof storage.audit.read = async (query, page) => {
      asked.push(query?.action)
      if (asked.filter((action) => action === 'hold.placed').length === 2)
        await sealed.hold({ id: 'case-2', subject: 'user 1000', by: 'legal', reason: 'Doe' })
      return storage.audit.read(query, page)
    }
    const { tenantId, audit } = storage
    const tenant = { ...storage.tenant(tenantId), audit: { read, append: audit.append.bind(audit) } } as TenantStorage
    const [purged] = await maintain({ ...storage, tenant: () => tenant }, RETAINING)
    expect(purged.purged).toMatchObject({ held: 2, tenants: [{ removed: 999 }] })
    expect(asked.filter((action) => action === 'hold.placed')).toHaveLength(3)
    expect(asked.filter((action) => action === 'hold.released')).toHaveLength(3)
  })

  it('gives the disk back on SQLite, while it is open', { timeout: 60_000 }, async () => {
    const path = file()
    const storage = await open(`sqlite:${path}`, { traces: '90d', every: false })
    const input = 'x'.repeat(2_000)
    for (let batch = 0; batch < 4; batch++)
      await storage.traces.write(
        Array.from({ length: 1_000 }, (_, n) => ({
          ...traceOf(100),
          traceId: hex(10_000 + batch * 1_000 + n, 32),
          input: `${n} ${input}`,
        })),
      )
    await storage.traces.write([traceOf(5)])
    const before = statSync(path).size
    await storage.maintain()
    expect(before).toBeGreaterThan(6_000_000)
    expect(statSync(path).size).toBeLessThan(before / 8)
    expect(await left(storage)).toEqual([5])
  })

  it('goes on by itself until the storage is closed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const told = vi.fn()
    const storage = await open(`sqlite:${file()}`, { traces: '90d', every: '2h', onMaintained: told })
    // Time passes for the timer alone, and only while nothing is under way.
    const until = async (calls: number) => {
      while (told.mock.calls.length < calls) await turn()
    }
    await storage.traces.write([traceOf(100)])
    await vi.advanceTimersByTimeAsync(60_000)
    await until(1)
    expect(await left(storage)).toEqual([])
    expect(told.mock.calls[0]![0]).toMatchObject([
      { domain: 'traces', purged: { complete: true } },
      { domain: 'sessions' },
    ])
    await storage.traces.write([traceOf(200)])
    await turn()
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(await left(storage)).toEqual([200])
    await vi.advanceTimersByTimeAsync(3_600_000)
    await until(2)
    expect(await left(storage)).toEqual([])
    vi.useRealTimers()
    await storage.close()
  })

  it('purges nothing where nothing is told, and refuses what is no length of time by its name', async () => {
    const storage = await open(`sqlite:${file()}`, {})
    await storage.traces.write([traceOf(5_000)])
    expect((await storage.maintain())[0]!.purged).toMatchObject({ tenants: [], complete: true })
    expect(await left(storage)).toEqual([5_000])
    const wrong = {
      traces: '90',
      sessions: '0d',
      tracesWithErrors: '3d',
      tenants: { acme: { traces: 90 } },
      every: '100d',
      keep: 1,
      keys: {},
    }
    const refused = await open('sqlite::memory:', wrong as never).catch((error: unknown) => error)
    expect(StoreError.is(refused, 'invalid') && refused.problems.map(({ field }) => field).sort()).toEqual([
      'retention.every',
      'retention.keep',
      'retention.keys',
      'retention.sessions',
      'retention.tenants.acme.traces',
      'retention.traces',
      'retention.tracesWithErrors',
    ])
    await expect(storage.maintain(null as never)).rejects.toMatchObject({ code: 'invalid' })
    await expect(storage.maintain({ within: 0 })).rejects.toMatchObject({ code: 'invalid' })
  })
})
