import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Profile } from '../server.js'
import type { Part, Place } from './recipe.js'

/** One statement a line: MariaDB reads no other. Both read it at every start. */
const ACCOUNTS = `CREATE USER IF NOT EXISTS root@'127.0.0.1';
ALTER USER root@'127.0.0.1' IDENTIFIED BY 'pw';
GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
`

export function mysqlUrl(port: number): string {
  return `mysql://root:pw@127.0.0.1:${port}/`
}

/** Settings that MySQL and MariaDB have in common. */
export function sharedFlags(profile: Profile): string[] {
  const both = ['--skip-name-resolve', '--max-connections=300', '--character-set-server=utf8mb4']
  if (profile === 'tests')
    return [
      ...both,
      // Commits reach the system, which a kill of the server does not touch, and are never waited for on the disk.
      '--innodb-flush-log-at-trx-commit=2',
      '--innodb-flush-method=nosync',
      '--innodb-doublewrite=OFF',
      '--innodb-buffer-pool-size=128M',
    ]
  return [...both, '--innodb-flush-log-at-trx-commit=1', '--innodb-doublewrite=ON', '--innodb-buffer-pool-size=1G']
}

export function mysqlPart(name: string, command: string, flags: readonly string[], place: Place): Part {
  const accounts = join(place.folder, 'accounts.sql')
  writeFileSync(accounts, ACCOUNTS)
  const args = [
    ...flags,
    `--datadir=${place.data}`,
    // In its data, and short: a socket's path may have about a hundred characters.
    '--socket=s.sock',
    `--pid-file=${join(place.data, 'pid')}`,
    `--port=${place.ports[0]}`,
    '--bind-address=127.0.0.1',
    `--init-file=${accounts}`,
  ]
  return { name, command, args, stop: 'SIGTERM' }
}
