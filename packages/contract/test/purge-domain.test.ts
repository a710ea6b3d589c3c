import { describe, expect, it, vi } from 'vitest'
import { type Dated, type DatedRows, type PurgedDomain, purgeDomain } from '../src/index.js'

/** One row of one tenant, that goes when it is removed. */
function rowsOf(id: string): DatedRows<Dated> {
  let left: Dated[] = [{ id, at: 1, isError: false, userId: undefined, rows: 3, place: [1, id], mark: 0 }]
  return {
    tenantAfter: async (tenant) => (tenant === '' ? 'acme' : undefined),
    oldest: async () => left,
    heldAmong: async () => new Set(),
    remove: async (_, rows) => {
      left = left.filter((row) => !rows.includes(row))
      return rows
    },
  }
}

function database({ domains = ['traces', 'sessions'] as const, isFree = true } = {}) {
  return {
    domains,
    rows: { traces: rowsOf('trace'), sessions: rowsOf('session') },
    ifFree: vi.fn(async (_: PurgedDomain, work: () => Promise<never>) => (isFree ? work() : null)),
    purge: vi.fn(async (_, order, purgeRows) => ({ ...(await purgeRows()), days: order.within })),
  }
}

describe('purging a domain of a database', () => {
  it('purges the rows of that domain, within what the engine does', async () => {
    const own = database()
    const remove = { traces: vi.spyOn(own.rows.traces, 'remove'), sessions: vi.spyOn(own.rows.sessions, 'remove') }
    const told = await purgeDomain('sessions', { before: 2, within: 7 }, own)
    expect(told).toMatchObject({ days: 7, complete: true, tenants: [{ tenant: 'acme', removed: 1, rows: 3 }] })
    expect(remove.sessions).toHaveBeenCalledTimes(1)
    expect(remove.traces).not.toHaveBeenCalled()
  })

  it('does nothing while another process purges it', async () => {
    const own = database({ isFree: false })
    expect(await purgeDomain('traces', { before: 2 }, own)).toBeNull()
    expect(own.purge).not.toHaveBeenCalled()
  })

  it('refuses a domain that was not opened, and an order that is none, before the lease is asked for', async () => {
    const own = database({ domains: ['traces'] as never })
    await expect(purgeDomain('sessions', {}, own)).rejects.toMatchObject({ code: 'unsupported' })
    await expect(purgeDomain('traces', { before: 'now' } as never, own)).rejects.toMatchObject({ code: 'invalid' })
    expect(own.ifFree).not.toHaveBeenCalled()
  })
})
