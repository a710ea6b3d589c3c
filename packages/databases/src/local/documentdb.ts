import { appendFileSync, copyFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Account } from '../machine/account.js'
import { unpacked } from '../machine/packages.js'
import { freePort } from '../machine/ports.js'
import type { Profile } from '../server.js'
import { supervisor } from '../supervision/supervised.js'
import { reportOfMongodb } from '../wire/mongodb.js'
import { reportOfPostgres, withPostgres } from '../wire/postgres.js'
import { makePostgresData, postgresFlags, postgresPart, postgresUrl, versionOfPostgres } from './postgres.js'
import type { Recipe } from './recipe.js'

const BIN = 'usr/lib/postgresql/18/bin'
const EXTENSIONS = 'usr/share/postgresql/18/extension'
const GATEWAY = fileURLToPath(new URL('../../dist/gateway/main.js', import.meta.url))

const SETTINGS = `
shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb'
cron.database_name = 'postgres'
# Its jobs need no connection then, and so no port that would have to stay the same.
cron.use_background_workers = on
cron.log_run = off
cron.log_statement = off
max_worker_processes = 40
deadlock_timeout = 100ms
# A statement ends soon after the gateway that asked for it, however that ended.
client_connection_check_interval = 1s
documentdb.useFileBasedPersistedCursors = on
documentdb_core.enableCollation = on
documentdb.enableCollationWithNonUniqueOrderedIndexes = on
`

/** The DocumentDB engine in PostgreSQL 18, out of Debian's unstable suite, behind the gateway of this package. */
export async function documentdb(): Promise<Recipe> {
  const root = await unpacked({
    name: 'documentdb-postgresql-18',
    title: 'mongodb',
    suite: 'sid',
    packages: ['postgresql-18-documentdb'],
    libraries: ['usr/lib/postgresql/18/lib', 'usr/lib/TRIPLET/blas', 'usr/lib/TRIPLET/lapack'],
    programs: [`${BIN}/postgres`, `${BIN}/initdb`],
    // The package leaves this link to Debian's alternatives.
    finish: (tree) =>
      copyFileSync(join(tree, EXTENSIONS, 'postgis-3.control'), join(tree, EXTENSIONS, 'postgis.control')),
  })
  const bin = join(root, BIN)
  const version = await versionOfPostgres(bin)
  const url = (port: number) => `mongodb://127.0.0.1:${port}/?directConnection=true`
  return {
    how: 'DocumentDB in PostgreSQL 18, packages of Debian sid, unpacked',
    ports: 2,
    template: `documentdb-${version}`,
    makeData: (data, account) => makeData(bin, data, account),
    parts: ({ data, ports, profile }) => {
      const [port, inner] = ports as [number, number]
      const ready = () => reportOfPostgres(postgresUrl(inner))
      const args = [GATEWAY, '--port', String(port), '--postgres', postgresUrl(inner)]
      return [
        { ...postgresPart(bin, data, inner, flags(profile)), ready },
        { name: 'gateway', command: process.execPath, args, stop: 'SIGTERM', trusted: true },
      ]
    },
    url,
    report: async ({ ports }) => {
      const [{ version }, { settings }] = await Promise.all([
        reportOfMongodb(url(ports[0]!)),
        reportOfPostgres(postgresUrl(ports[1]!)),
      ])
      return { version, settings }
    },
  }
}

/**
 * Full pages are written in either profile: without them the engine's secondary indexes are damaged by a kill of the
 * server, and then an insert may run for ever, at full load and not to be cancelled.
 */
function flags(profile: Profile): string[] {
  return [...postgresFlags(profile).filter((flag) => !flag.startsWith('full_page_writes')), 'full_page_writes=on']
}

async function makeData(bin: string, data: string, account: Account | undefined): Promise<void> {
  await makePostgresData(bin, data, account)
  appendFileSync(join(data, 'postgresql.conf'), SETTINGS)
  const port = await freePort()
  const { command, args, stop } = postgresPart(bin, data, port, flags('tests'))
  const folder = dirname(data)
  const server = await supervisor().launch(folder, { command, args, account, log: join(folder, 'postgres.log') })
  try {
    while (server.how() === undefined && !(await answers(port))) await sleep(50)
    await withPostgres(postgresUrl(port), async (client) => {
      await client.query('CREATE EXTENSION documentdb CASCADE')
      // The gateway builds indexes itself, so nobody needs to look for some every two seconds.
      await client.query(`SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname LIKE 'documentdb_index_build%'`)
    })
  } finally {
    if (server.how() === undefined) process.kill(server.pid, stop)
    await server.ended()
  }
}

async function answers(port: number): Promise<boolean> {
  return reportOfPostgres(postgresUrl(port)).then(
    () => true,
    () => false,
  )
}
