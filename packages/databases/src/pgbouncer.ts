import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startLocal } from './local/local-server.js'
import { postgresUrl } from './local/postgres.js'
import type { Place, Recipe } from './local/recipe.js'
import { installed } from './machine/commands.js'
import { unpacked } from './machine/packages.js'
import type { Server } from './server.js'
import { reportOfPostgres } from './wire/postgres.js'

const PROGRAM = 'usr/sbin/pgbouncer'

/**
 * A PgBouncer of the caller's own in front of a PostgreSQL server: any database of it, as the user of the URL. It hands a
 * connection on after each transaction, and has `connections` of them for each database.
 */
export async function startPgBouncer(server: string, connections: number): Promise<Server> {
  const { program, how } = await found()
  const recipe: Recipe = {
    how,
    ports: 1,
    template: 'pgbouncer',
    makeData: async (data) => {
      mkdirSync(data)
    },
    parts: (place) => [
      { name: 'pgbouncer', command: program, args: [settingsIn(place, server, connections)], stop: 'SIGINT' },
    ],
    url: postgresUrl,
    report: ({ ports }) => reportOfPostgres(postgresUrl(ports[0]!)),
  }
  return startLocal('postgres', recipe, 'tests')
}

/** The PgBouncer that is installed; where there is none, Debian's. */
async function found(): Promise<{ program: string; how: string }> {
  const program = installed('pgbouncer', [`/${PROGRAM}`])
  if (program !== undefined) return { program, how: 'installed' }
  const root = await unpacked({
    name: 'pgbouncer',
    title: 'pgbouncer',
    suite: 'bookworm',
    packages: ['pgbouncer'],
    libraries: [],
    programs: [PROGRAM],
  })
  return { program: join(root, PROGRAM), how: 'packages of Debian bookworm, unpacked' }
}

/** Writes the settings, and tells where. */
function settingsIn({ data, ports }: Place, server: string, connections: number): string {
  const { hostname, port, username, password } = new URL(server)
  const secret = password === '' ? '' : ` password='${decodeURIComponent(password).replaceAll("'", "''")}'`
  const file = join(data, 'pgbouncer.ini')
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: ports[0],
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: 'transaction',
    default_pool_size: connections,
    max_client_conn: 500,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  const databases = `* = host=${hostname} port=${port} user=${decodeURIComponent(username)}${secret}`
  writeFileSync(file, ['[databases]', databases, '[pgbouncer]', ...lines, ''].join('\n'))
  return file
}
