import { join } from 'node:path'
import type { Harness, Place } from '@freehold/conformance'
import type { Domain } from '@freehold/contract'
import { urlOf } from '@freehold/databases/engines'
import { openStorage } from 'freehold'
import { tamperMongo } from '../../mongo/test/tamper.js'
import { mysqlPrompt, postgresPrompt, sqlitePrompt } from '../../sql/test/prompts.js'
import { createDatabase, databaseUrl, dropDatabase, MYSQL, POSTGRES } from '../../sql/test/servers.js'
import { tamperSql } from '../../sql/test/tamper.js'
import { removeDatabase } from './support/servers.js'

const [mongodb, postgres, mysql] = [urlOf('mongodb'), urlOf('postgres'), urlOf('mysql')]

/** What is not there for this harness to run. */
export const MISSING = Object.entries({ mongodb, postgres, mysql }).flatMap(([name, url]) => (url ? [] : [name]))

const urlsOf = ({ id, dir }: Place): Record<Domain, string> => ({
  traces: databaseUrl(mongodb!, id),
  sessions: databaseUrl(postgres!, id),
  approvals: databaseUrl(mysql!, id),
  audit: `sqlite:${join(dir, 'audit.db')}`,
})

const promptsOf = (place: Place) => ({
  sessions: () => postgresPrompt(urlsOf(place).sessions),
  approvals: () => mysqlPrompt(urlsOf(place).approvals),
  audit: () => sqlitePrompt(join(place.dir, 'audit.db')),
})

const created = new Set<string>()

async function createDatabases({ id }: Place): Promise<void> {
  if (created.has(id)) return
  await createDatabase(POSTGRES, postgres!, id)
  await createDatabase(MYSQL, mysql!, id)
  created.add(id)
}

const harness: Harness = {
  name: 'the router over MongoDB, PostgreSQL, MySQL and SQLite',
  module: import.meta.url,
  async open(place, { migrate }) {
    await createDatabases(place)
    const databases = urlsOf(place)
    return openStorage({
      databases,
      routes: { traces: 'traces', sessions: 'sessions', approvals: 'approvals', audit: 'audit' },
      migrate,
    })
  },
  tamper(place, tampering) {
    const domain = 'domain' in tampering ? tampering.domain : 'audit'
    if (domain === 'traces') return tamperMongo(() => urlsOf(place).traces, tampering)
    return tamperSql(() => promptsOf(place)[domain](), tampering)
  },
  async remove({ id }) {
    await removeDatabase('mongodb', mongodb!, id)
    await dropDatabase(POSTGRES, postgres!, id)
    await dropDatabase(MYSQL, mysql!, id)
  },
}

export default harness
