import { openStorage, type Storage, StoreError, waitFor } from 'freehold'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PLACES, type Place } from './support/places.js'

let place: Place
let storage: Storage
let other: Storage

const start = async (open: () => Promise<Place>) => {
  place = await open()
  storage = await openStorage(place.url, { migrate: true })
  other = await openStorage(place.url)
}

afterEach(async () => {
  await Promise.all([storage.close(), other.close()])
  await place.remove()
})

/** A storage of which every look at many approvals is counted. */
function counted(): { looks: number; storage: Storage } {
  const told = { looks: 0, storage }
  const approvals = new Proxy(storage.approvals, {
    get(target, name) {
      if (name === 'getMany') told.looks += 1
      return Reflect.get(target, name)
    },
  })
  told.storage = { ...storage, approvals }
  return told
}

describe.each(PLACES)('waiting on %s', (_, open) => {
  beforeEach(() => start(open))

  it.each(['approved', 'rejected'] as const)('resolves to what another storage has %s', async (decision) => {
    const { id } = await storage.approvals.request({})
    const waiting = waitFor(storage, id)
    const { approval } = await other.approvals.decide(id, { decision, by: 'lena' })
    expect(await waiting).toEqual(approval)
  })

  it('resolves to what has expired, when nobody sweeps', async () => {
    const { id, requestedAt } = await storage.approvals.request({})
    await storage.approvals.request({ id: 'late', expiresAt: requestedAt + 300 })
    expect((await waitFor(storage, 'late')).status).toBe('expired')
    await expect(waitFor(storage, id, { timeout: 20 })).rejects.toMatchObject({ code: 'timeout', retryable: true })
  })

  it('resolves at once to what is decided already', async () => {
    const { id } = await storage.approvals.request({})
    await storage.approvals.cancel(id, 'lena')
    expect((await waitFor(storage, id)).status).toBe('cancelled')
  })
})

const notifying = PLACES.filter(([name]) => name.startsWith('postgres'))

describe.each(notifying)('waiting on %s, which notifies', (_, open) => {
  beforeEach(() => start(open))

  it('hears of what another process decides without looking', async () => {
    const { id } = await storage.approvals.request({})
    const heard: string[] = []
    const stop = await storage.approvals.watch((one) => heard.push(one))
    await other.approvals.decide(id, { decision: 'approved', by: 'lena' })
    await vi.waitUntil(() => heard.length > 0, { timeout: 30_000 })
    expect(heard).toEqual([id])
    await stop()
  })
})

describe('waiting', () => {
  beforeEach(() => start(PLACES[0]![1]))

  it('looks once for a thousand that wait', async () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => `a${i}`)
    for (const id of ids) await storage.approvals.request({ id })
    const told = counted()
    const waiting = ids.map((id) => waitFor(told.storage, id))
    await vi.waitUntil(() => told.looks > 0)
    expect(told.looks).toBe(1)
    await Promise.all(ids.map((id) => storage.approvals.decide(id, { decision: 'approved', by: 'lena' })))
    const statuses = new Set((await Promise.all(waiting)).map(({ status }) => status))
    expect(statuses).toEqual(new Set(['approved']))
    expect(told.looks).toBeLessThan(100)
  }, 120_000)

  it('serves all who wait for one', async () => {
    const { id } = await storage.approvals.request({})
    const waiting = [waitFor(storage, id), waitFor(storage, id), waitFor(storage, id)]
    await storage.approvals.decide(id, { decision: 'approved', by: 'lena' })
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(['approved', 'approved', 'approved'])
  })

  it('is shared by all who ask for a tenant', async () => {
    expect(storage.tenant('acme').approvals).toBe(storage.tenant('acme').approvals)
  })

  it('rejects for what is not there', async () => {
    await expect(waitFor(storage, 'nothing')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('rejects with the reason of its signal, before and after it began', async () => {
    const { id } = await storage.approvals.request({})
    const reason = new Error('enough')
    await expect(waitFor(storage, id, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const stopping = new AbortController()
    const waiting = waitFor(storage, id, { signal: stopping.signal })
    stopping.abort(reason)
    await expect(waiting).rejects.toBe(reason)
  })

  it('goes on when the database was away', async () => {
    const { id } = await storage.approvals.request({})
    let failures = 2
    const approvals = new Proxy(storage.approvals, {
      get(target, name) {
        if (name === 'getMany' && failures-- > 0)
          return () => Promise.reject(new StoreError('unavailable', 'it is away'))
        return Reflect.get(target, name)
      },
    })
    const waiting = waitFor({ ...storage, approvals }, id)
    await storage.approvals.decide(id, { decision: 'approved', by: 'lena' })
    expect((await waiting).status).toBe('approved')
  })

  it('watches again after watching failed', async () => {
    const { id } = await storage.approvals.request({})
    let [watched, looks] = [0, 0]
    const approvals = new Proxy(storage.approvals, {
      get(target, name) {
        if (name === 'watch' && watched++ === 0)
          return () => Promise.reject(new StoreError('unavailable', 'no connection is free'))
        if (name === 'getMany') looks += 1
        return Reflect.get(target, name)
      },
    })
    const waiting = waitFor({ ...storage, approvals }, id)
    await vi.waitUntil(() => watched === 2, { timeout: 30_000 })
    await storage.approvals.decide(id, { decision: 'approved', by: 'lena' })
    expect((await waiting).status).toBe('approved')
    expect([watched, looks < 10]).toEqual([2, true])
  })

  it('tells what is wrong with one approval only to those who wait for it', async () => {
    const ids = ['broken', 'away', 'good', 'open']
    for (const id of ids) await storage.approvals.request({ id })
    for (const id of ids.slice(0, 3)) await storage.approvals.cancel(id, 'lena')
    const wrong: Record<string, StoreError[]> = {
      broken: [new StoreError('internal', 'it was changed by others')],
      away: [new StoreError('unavailable', 'it is away')],
    }
    const approvals = new Proxy(storage.approvals, {
      get(target, name) {
        if (name !== 'get') return Reflect.get(target, name)
        return (id: string) => {
          const error = wrong[id]?.shift()
          return error === undefined ? target.get(id) : Promise.reject(error)
        }
      },
    })
    const waiting = ids.map((id) => waitFor({ ...storage, approvals }, id, { timeout: 20_000 }))
    const first = waiting.slice(0, 3).map((one) => one.catch((error: unknown) => error))
    await Promise.all(first)
    await storage.approvals.decide('open', { decision: 'approved', by: 'lena' })
    expect(await Promise.all([...first, waiting[3]])).toMatchObject([
      { code: 'internal' },
      { status: 'cancelled' },
      { status: 'cancelled' },
      { status: 'approved' },
    ])
  })

  it('listens once to a signal that many wait with', async () => {
    const stopping = new AbortController()
    const listen = vi.spyOn(stopping.signal, 'addEventListener')
    const { id } = await storage.approvals.request({})
    const one = waitFor(storage, id, { signal: stopping.signal, timeout: 1 }).catch((error: StoreError) => error.code)
    expect(await one).toBe('timeout')
    const many = Array.from({ length: 20 }, () =>
      waitFor(storage, id, { signal: stopping.signal }).catch((error: unknown) => error),
    )
    stopping.abort('enough')
    expect(new Set(await Promise.all(many))).toEqual(new Set(['enough']))
    expect(listen).toHaveBeenCalledTimes(1)
  })

  it('rejects when the storage is closed', async () => {
    const { id } = await storage.approvals.request({})
    const waiting = waitFor(storage, id).catch((error: unknown) => error)
    await storage.close()
    expect(await waiting).toMatchObject({ code: 'unavailable' })
  })

  it.each([
    ['an id that is none', '', {}, ['id']],
    ['times that are none', 'a', { timeout: 0 }, ['timeout']],
    ['what is no signal', 'a', { signal: 5 }, ['signal']],
    ['what nobody knows', 'a', { timout: 5 }, ['timout']],
  ])('refuses %s', async (_, id, options, fields) => {
    const error = await waitFor(storage, id, options as never).catch((error: StoreError) => error)
    expect((error as StoreError).problems.map(({ field }) => field)).toEqual(fields)
  })
})
