import assert from 'node:assert/strict'
import { DOMAINS, type Domain, type Migrations, type Storage, StoreError } from '@freehold/contract'
import { type Chapter, law } from '../case.js'
import { EVERY_CALL, furnish, PURGE_CALLS, RELAY_CALLS, snapshot } from './methods.js'
import { span } from './spans.js'
import { refused } from './support.js'

/** The calls that read and change nothing. */
const READS: Record<Domain, readonly string[]> = {
  traces: ['traces.get', 'traces.find', 'traces.spans', 'traces.toolStats', 'traces.remove'],
  sessions: ['sessions.get', 'sessions.list', 'sessions.run', 'sessions.runs', 'sessions.remove'],
  approvals: [
    'approvals.get',
    'approvals.list',
    'approvals.count',
    'approvals.queue',
    'approvals.events',
    'approvals.remove',
  ],
  audit: ['audit.get', 'audit.read', 'audit.head', 'audit.verify'],
}

const READS_OF_RELAY = ['relay.take', 'relay.state', 'relay.dead']

/** Which domains have what {@link furnish} made. */
async function furnished({ traces, sessions, approvals, audit }: Storage): Promise<string[]> {
  const found = {
    traces: await traces.find(),
    sessions: await sessions.list(),
    approvals: await approvals.list(),
    audit: await audit.read(),
  }
  return DOMAINS.filter((domain) => found[domain].items.length > 0)
}

/** The domains of which every migration is applied. */
async function migrated(migrations: Migrations): Promise<string[]> {
  const statuses = await migrations.status()
  return DOMAINS.filter((domain) => {
    const own = statuses.filter((status) => status.domain === domain)
    return own.length > 0 && own.every(({ state }) => state === 'applied')
  })
}

/** How many rows of each sort can be counted. */
async function counts(storage: Storage) {
  const { trace, traces, spans, session, runs, run, approvals, events, swept, entries, head, chain } =
    await snapshot(storage)
  const listed = [traces, spans, runs, approvals, events, swept, entries].map(({ items }) => items.length)
  return [...listed, trace?.spans.length, trace?.summary.spans, session?.runs, run?.seq, head.seq, chain.status]
}

async function works(storage: Storage): Promise<void> {
  assert.deepEqual(await furnished(storage), [], 'the store is not empty')
  await furnish(storage, 'us')
  assert.deepEqual(await furnished(storage), [...DOMAINS], 'the store does not keep what was written')
}

async function downAll(migrations: Migrations): Promise<void> {
  for (const domain of DOMAINS) await migrations.down(domain)
}

export const migrationCases: Chapter = {
  name: 'migrations',
  cases: [
    law(
      'opening a store whose schema is missing is refused with the remedy',
      async ({ connect }) => {
        const refusedWithRemedy = async () => {
          const { message } = await refused('unsupported', connect({ migrate: false }))
          assert.match(message, /migrate/)
        }
        await refusedWithRemedy()
        const { migrations } = await connect({ migrate: true })
        await migrations.down('sessions')
        await refusedWithRemedy()
      },
      { unopened: true },
    ),

    law(
      'opening a store whose schema is newer is refused and changes nothing',
      async ({ storage, connect, tamper }) => {
        await furnish(storage, 'us')
        const before = await snapshot(storage)
        await tamper({ kind: 'add-migration', domain: 'sessions', name: '9999_newer' })
        for (const migrate of [false, true]) await refused('unsupported', connect({ migrate }))
        const unknown = (await storage.migrations.status()).filter(({ state }) => state === 'unknown')
        assert.deepEqual(unknown, [{ domain: 'sessions', name: '9999_newer', state: 'unknown' }])
        assert.deepEqual(await snapshot(storage), before)
      },
      { needs: ['tamper'] },
    ),

    law('migrating twice changes nothing the second time', async ({ storage, connect }) => {
      await furnish(storage, 'us')
      const before = [await storage.migrations.status(), await snapshot(storage)]
      const again = await connect({ migrate: true })
      assert.deepEqual(await again.migrations.up(), [])
      assert.deepEqual([await storage.migrations.status(), await snapshot(storage)], before)
    }),

    law('down then up gives an empty store that works', async ({ storage, connect }) => {
      await furnish(storage, 'us')
      const once = await counts(storage)
      await storage.sessions.appendRun({ id: 'another', sessionId: 'session' })
      await storage.traces.write([span(2)])
      await storage.audit.checkpoint()
      await downAll(storage.migrations)
      await storage.migrations.up()
      const again = await connect()
      await works(again)
      // Rows that no list shows are left behind most easily: those that hang on others.
      assert.deepEqual(await counts(again), once, 'something was left')
    }),

    law('a read that fails is an error and never an empty answer', async ({ storage }) => {
      for (const domain of DOMAINS) {
        await storage.migrations.down(domain)
        for (const { name, on } of EVERY_CALL.filter((call) => READS[domain].includes(call.name)))
          await assert.rejects(on(storage), (error) => StoreError.is(error), `${name} of a schema that is gone`)
        const readers = RELAY_CALLS.filter((call) => domain === 'approvals' && READS_OF_RELAY.includes(call.name))
        const purges = PURGE_CALLS.filter((call) => call.domain === domain)
        for (const { name, on } of [...readers, ...purges])
          await assert.rejects(on(storage), (error) => StoreError.is(error, 'unsupported'), `${name} of no ${domain}`)
      }
    }),

    law(
      'every migration has a checksum and one that was changed after it was applied is refused',
      async ({ storage, connect, tamper }) => {
        for (const [i, domain] of DOMAINS.entries()) {
          await tamper({ kind: 'change-checksum', domain })
          const changed = (await storage.migrations.status()).filter(({ state }) => state === 'changed')
          const told = DOMAINS.filter((each) => changed.some((one) => one.domain === each))
          assert.deepEqual(told, DOMAINS.slice(0, i + 1), 'the domains with one that was changed')
          for (const migrate of [false, true]) await refused('unsupported', connect({ migrate }))
        }
      },
      { needs: ['tamper'] },
    ),

    law(
      'a schema that is newer or changed is neither brought up nor down',
      async ({ storage, tamper }) => {
        await furnish(storage, 'us')
        const before = await snapshot(storage)
        for (const [i, domain] of DOMAINS.entries()) {
          if (i % 2 === 0) await tamper({ kind: 'add-migration', domain, name: '9999_newer' })
          else await tamper({ kind: 'change-checksum', domain })
          const status = await storage.migrations.status()
          await refused('unsupported', storage.migrations.down(domain))
          await refused('unsupported', storage.migrations.up(domain))
          await refused('unsupported', storage.migrations.plan(domain))
          assert.deepEqual(await storage.migrations.status(), status, `the history of ${domain}`)
        }
        assert.deepEqual(await snapshot(storage), before)
      },
      { needs: ['tamper'] },
    ),

    law('each domain migrates on its own and leaves the others alone', async ({ storage }) => {
      await furnish(storage, 'us')
      for (const [i, domain] of DOMAINS.entries()) {
        const others = DOMAINS.filter((other) => other !== domain)
        const untouched = DOMAINS.slice(i + 1)
        await storage.migrations.down(domain)
        assert.deepEqual(await migrated(storage.migrations), others)
        assert.deepEqual(await storage.migrations.plan(others[0]), [])
        assert.ok((await storage.migrations.plan(domain)).length > 0, `nothing is planned for ${domain}`)
        const applied = await storage.migrations.up(domain)
        assert.deepEqual([...new Set(applied.map((one) => one.domain))], [domain])
        const left = await furnished(storage)
        assert.deepEqual(
          untouched.filter((other) => left.includes(other)),
          untouched,
        )
      }
      for (const domain of DOMAINS.slice(0, 2)) await storage.migrations.down(domain)
      await storage.migrations.up(DOMAINS[0])
      assert.deepEqual(await migrated(storage.migrations), [DOMAINS[0], ...DOMAINS.slice(2)])
    }),

    law(
      'eight processes that migrate an empty database all succeed',
      async ({ connect, processes }) => {
        const reports = await processes(8, 'migrate', {})
        const storage = await connect()
        const applied = (await storage.migrations.status()).length
        assert.deepEqual(
          reports,
          reports.map(() => ({ applied })),
        )
        await works(storage)
      },
      { needs: ['processes'], unopened: true },
    ),

    law(
      'a process killed while it migrates leaves a database that the next one finishes',
      async ({ connect, kill }) => {
        for (const delay of [0, 25, 150]) {
          await kill('migrate', {}, delay)
          const storage = await connect({ migrate: true })
          assert.deepEqual(await migrated(storage.migrations), [...DOMAINS])
          await works(storage)
          await downAll(storage.migrations)
          await storage.close()
        }
      },
      { needs: ['processes'], unopened: true },
    ),
  ],
}
