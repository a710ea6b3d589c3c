import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '@freehold/databases'
import type { Engine } from '@freehold/databases/engines'
import { auditApprovals, openStorage } from 'freehold'
import { describe, expect, it, vi } from 'vitest'
import { AVAILABLE, databaseUrl, newDatabase } from './support/servers.js'

const APPROVALS = 30

describe.each(AVAILABLE.map((engine): [Engine] => [engine]))('an audit on %s', (engine) => {
  it('has all that happened while its database was away, once', { timeout: 300_000 }, async () => {
    const server = await startServer(engine)
    const directory = mkdtempSync(join(tmpdir(), 'freehold-'))
    const audit = databaseUrl(server.url, await newDatabase(engine, server.url))
    const databases = { main: `sqlite:${join(directory, 'agents.db')}`, vault: audit }
    const routes = { traces: 'main', sessions: 'main', approvals: 'main', audit: 'vault' } as const
    const storage = await openStorage({ databases, routes, migrate: true })
    const failures = vi.fn()
    const relay = auditApprovals(storage, { interval: 20, onError: failures })
    try {
      await storage.approvals.request({ id: 'before' })
      await vi.waitUntil(async () => (await storage.audit.head('approvals')).seq === 1, { timeout: 60_000 })
      await server.stop()
      for (let n = 0; n < APPROVALS; n++) await storage.approvals.request({ id: `a${n}` })
      await vi.waitUntil(() => failures.mock.calls.length > 0, { timeout: 60_000 })
      expect((await relay.state()).waiting).toBe(APPROVALS)
      await server.start()
      const seq = () =>
        storage.audit.head('approvals').then(
          (head) => head.seq,
          () => 0,
        )
      await vi.waitUntil(async () => (await seq()) === APPROVALS + 1, { timeout: 120_000, interval: 200 })
      expect(await storage.audit.verify('approvals')).toMatchObject({ status: 'ok', entries: APPROVALS + 1 })
    } finally {
      await relay.close()
      await storage.close()
      await server.dispose()
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
