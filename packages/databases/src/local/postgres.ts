import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Account } from '../machine/account.js'
import { run } from '../machine/commands.js'
import type { Profile } from '../server.js'
import { reportOfPostgres } from '../wire/postgres.js'
import type { Part, Place, Recipe } from './recipe.js'

/** Whoever comes over the network is let in, but `app`, whose password `pw` is asked for. */
const ACCESS = `host all app 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
local all all trust
`

export interface PostgresOptions {
  how: string
  version: string
  /** The folder of `initdb` and `postgres`. */
  bin: string
  timezone: string
}

export function postgresRecipe({ how, version, bin, timezone }: PostgresOptions): Recipe {
  return {
    how,
    ports: 1,
    template: `postgres-${version}`,
    makeData: (data, account) => makePostgresData(bin, data, account),
    parts: (place) => [postgresPart(bin, place.data, place.ports[0]!, postgresFlags(place.profile, timezone))],
    url: postgresUrl,
    report: ({ ports }: Place) => reportOfPostgres(postgresUrl(ports[0]!)),
  }
}

export function postgresUrl(port: number): string {
  return `postgres://postgres@127.0.0.1:${port}/postgres`
}

/**
 * Settings of each profile. A commit reaches the system before it is answered in both, so that a kill loses none.
 * @param timezone of a server for tests
 */
export function postgresFlags(profile: Profile, timezone = 'UTC'): string[] {
  const both = ['max_connections=300', 'synchronous_commit=on', 'log_timezone=UTC']
  if (profile === 'tests')
    return [
      ...both,
      `timezone=${timezone}`,
      'fsync=off',
      'full_page_writes=off',
      'shared_buffers=128MB',
      'checkpoint_timeout=1h',
      // Shared memory in files among the data, which go with them when a test has killed the server.
      'dynamic_shared_memory_type=mmap',
    ]
  return [...both, 'timezone=UTC', 'fsync=on', 'full_page_writes=on', 'shared_buffers=1GB', 'max_wal_size=4GB']
}

export function postgresPart(bin: string, data: string, port: number, flags: readonly string[]): Part {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...flags]
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  // Not SIGTERM, on which it waits for its clients to leave.
  return { name: 'postgres', command: join(bin, 'postgres'), args, stop: 'SIGINT', quit: 'SIGQUIT' }
}

export async function makePostgresData(bin: string, data: string, account: Account | undefined): Promise<void> {
  const options = ['-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--no-locale', '--no-sync']
  await run(join(bin, 'initdb'), ['-D', data, ...options], { account })
  writeFileSync(join(data, 'pg_hba.conf'), ACCESS)
  const role = "CREATE ROLE app LOGIN CREATEDB PASSWORD 'pw'\n"
  await run(join(bin, 'postgres'), ['--single', '-D', data, 'postgres'], { account, input: role })
  // Whatever asks for more shared memory than this system gives is not worth a failed start.
  appendFileSync(join(data, 'postgresql.conf'), 'huge_pages=off\n')
}

export async function versionOfPostgres(bin: string): Promise<string> {
  return /\d+(\.\d+)*/.exec(await run(join(bin, 'postgres'), ['-V']))![0]
}
