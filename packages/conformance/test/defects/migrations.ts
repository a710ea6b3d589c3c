import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DOMAINS,
  type Domain,
  type MigrationStatus,
  type Migrations,
  type Storage,
  StoreError,
} from '@freehold/contract'
import type { OpenOptions } from '../../src/harness.js'
import type { Medium, State } from '../../src/reference/index.js'
import { emptyMigrations } from '../../src/reference/migrations.js'
import { emptyState } from '../../src/reference/state.js'
import type { Defect, Ground } from './defect.js'
import { onRefusal } from './spoil.js'

/** Something happens to the state before every opening. */
function opening(
  law: string,
  name: string,
  before: (ground: Pick<Ground, 'medium' | 'place'>, options: OpenOptions) => Promise<unknown>,
): Defect {
  return {
    law,
    name,
    harness: (harness, mediumOf) => ({
      ...harness,
      async open(place, options) {
        await before({ place, medium: mediumOf(place) }, options)
        return harness.open(place, options)
      },
    }),
  }
}

function migrating(
  law: string,
  name: string,
  spoil: (migrations: Migrations, medium: Medium<State>) => Partial<Migrations>,
): Defect {
  return {
    law,
    name,
    plant: (storage: Storage, { medium }) => ({
      ...storage,
      migrations: { ...storage.migrations, ...spoil(storage.migrations, medium) },
    }),
  }
}

async function droppedFrom(medium: Medium<State>, domain: Domain): Promise<MigrationStatus[]> {
  await medium.transact((state) => {
    state.migrations[domain] = []
    Object.assign(state, { [domain]: emptyState()[domain] })
  })
  return []
}

const FIRST = { name: '0001_tables', checksum: 'one' }

/** Long enough that a kill finds the lock in place, on a busy machine too. */
const WORK = 1_500

async function locked(place: Ground['place'], work: () => Promise<void>): Promise<void> {
  const lock = join(place.dir, 'migrating')
  for (const _ of Array(1_000)) {
    try {
      writeFileSync(lock, '', { flag: 'wx' })
    } catch {
      await sleep(10)
      continue
    }
    await work()
    rmSync(lock)
    return
  }
  throw new StoreError('unavailable', 'somebody is migrating')
}

export const migrationDefects: readonly Defect[] = [
  opening(
    'opening a store whose schema is missing is refused with the remedy',
    'a missing schema is made without being asked',
    ({ medium }) =>
      medium.transact(({ migrations }) => {
        for (const domain of DOMAINS) if (migrations[domain].length === 0) migrations[domain].push(FIRST)
      }),
  ),
  opening(
    'opening a store whose schema is missing is refused with the remedy',
    'only the schema of traces is looked for',
    ({ medium }) =>
      medium.transact(({ migrations }) => {
        if (migrations.traces.length === 0) return
        for (const domain of DOMAINS) if (migrations[domain].length === 0) migrations[domain].push(FIRST)
      }),
  ),
  opening(
    'opening a store whose schema is newer is refused and changes nothing',
    'what a newer build applied is forgotten',
    ({ medium }) =>
      medium.transact(({ migrations }) => {
        for (const domain of DOMAINS) migrations[domain] = migrations[domain].filter(({ name }) => name === FIRST.name)
      }),
  ),
  migrating('migrating twice changes nothing the second time', 'everything is told as applied again', (migrations) => ({
    async up(domain) {
      await migrations.up(domain)
      const now = await migrations.status()
      return domain === undefined ? now : now.filter((one) => one.domain === domain)
    },
  })),
  migrating('down then up gives an empty store that works', 'down leaves the rows', (migrations, medium) => ({
    async down(domain) {
      const kept = await medium.transact((state) => structuredClone(state[domain]))
      const undone = await migrations.down(domain)
      await medium.transact((state) => Object.assign(state, { [domain]: kept }))
      return undone
    },
  })),
  migrating('down then up gives an empty store that works', 'down leaves the runs', (migrations, medium) => ({
    async down(domain) {
      const kept = await medium.transact(({ sessions }) => structuredClone(sessions))
      const undone = await migrations.down(domain)
      if (domain === 'sessions')
        await medium.transact((state) => {
          for (const [tenant, { runs }] of kept) state.sessions.set(tenant, { sessions: new Map(), runs })
        })
      return undone
    },
  })),
  opening(
    'every migration has a checksum and one that was changed after it was applied is refused',
    'a checksum is corrected',
    ({ medium }) =>
      medium.transact(({ migrations }) => {
        for (const domain of DOMAINS)
          for (const one of migrations[domain]) if (one.name === FIRST.name) Object.assign(one, FIRST)
      }),
  ),
  migrating(
    'a schema that is newer or changed is neither brought up nor down',
    'down goes ahead',
    (migrations, medium) => ({
      down: (domain) => onRefusal('unsupported', migrations.down(domain), () => droppedFrom(medium, domain)),
    }),
  ),
  migrating(
    'a schema that is newer or changed is neither brought up nor down',
    'down drops, and is refused then',
    (migrations, medium) => ({
      down: (domain) =>
        onRefusal('unsupported', migrations.down(domain), async (error) => {
          await medium.transact((state) => Object.assign(state, { [domain]: emptyState()[domain] }))
          throw error
        }),
    }),
  ),
  migrating(
    'a schema that is newer or changed is neither brought up nor down',
    'up makes the history its own',
    (migrations, medium) => ({
      up: (domain) =>
        onRefusal('unsupported', migrations.up(domain), async (error) => {
          if (domain === undefined) throw error
          await medium.transact((state) => Object.assign(state.migrations, { [domain]: [FIRST] }))
          return []
        }),
    }),
  ),
  migrating(
    'a schema that is newer or changed is neither brought up nor down',
    'nothing is planned for what is refused',
    (migrations) => ({
      plan: (domain) => onRefusal('unsupported', migrations.plan(domain), async () => []),
    }),
  ),
  migrating(
    'each domain migrates on its own and leaves the others alone',
    'one down is down for all',
    (migrations, medium) => ({
      async down(domain) {
        const undone = await migrations.down(domain)
        await medium.transact((state) => Object.assign(state.migrations, emptyMigrations()))
        return undone
      },
    }),
  ),
  migrating('each domain migrates on its own and leaves the others alone', 'one up is up for all', (migrations) => ({
    async up(domain) {
      const applied = await migrations.up()
      return domain === undefined ? applied : applied.filter((one) => one.domain === domain)
    },
  })),
  migrating('each domain migrates on its own and leaves the others alone', 'nothing is planned', (migrations) => ({
    async plan(domain) {
      await migrations.plan(domain)
      return []
    },
  })),
  opening(
    'eight processes that migrate an empty database all succeed',
    'the schema is looked at and made in two steps',
    async ({ medium }, { migrate }) => {
      if (!migrate) return
      const pending = await medium.transact(({ migrations }) => migrations.traces.length === 0)
      await sleep(30)
      await medium.transact(({ migrations }) => {
        if (pending && migrations.traces.length > 0) throw new StoreError('internal', 'the table exists')
        if (pending) migrations.traces.push(FIRST)
      })
    },
  ),
  opening(
    'a process killed while it migrates leaves a database that the next one finishes',
    'the lock of a dead process stays',
    async ({ place }, { migrate }) => {
      const isEmpty = () => !existsSync(join(place.dir, 'state'))
      const work = async () => {
        if (isEmpty()) await sleep(WORK)
      }
      if (migrate && isEmpty()) await locked(place, work)
    },
  ),
]
