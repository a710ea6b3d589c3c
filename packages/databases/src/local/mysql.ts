import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../machine/commands.js'
import { unpacked } from '../machine/packages.js'
import type { Profile } from '../server.js'
import { reportOfMysql } from '../wire/mysql.js'
import { mysqlPart, mysqlUrl, sharedFlags } from './mysql-family.js'
import type { Recipe } from './recipe.js'

const PROGRAM = 'usr/sbin/mysqld'

/** MySQL out of Debian's unstable suite, the only one that has it. */
export async function unpackedMysql(): Promise<Recipe> {
  const root = await unpacked({
    name: 'mysql-9',
    title: 'mysql',
    suite: 'sid',
    packages: ['mysql-server-core'],
    libraries: ['usr/lib/mysql/private'],
    programs: [PROGRAM],
  })
  const mysqld = join(root, PROGRAM)
  const version = /Ver (\d+(\.\d+)+)/.exec(await run(mysqld, ['--no-defaults', '--version']))![1]
  const folders = [
    '--no-defaults',
    `--basedir=${join(root, 'usr')}`,
    `--lc-messages-dir=${join(root, 'usr/share/mysql')}`,
    `--character-sets-dir=${join(root, 'usr/share/mysql/charsets')}`,
    `--plugin-dir=${pluginsOf(root)}`,
    // Or it wants a folder of the system.
    '--secure-file-priv=',
  ]
  return {
    how: 'packages of Debian sid, unpacked',
    ports: 1,
    template: `mysql-${version}`,
    makeData: async (data, account) => {
      const init = ['--initialize-insecure', `--datadir=${data}`, '--innodb-redo-log-capacity=8M']
      await run(mysqld, [...folders, ...init], { account })
    },
    parts: (place) => [mysqlPart('mysqld', mysqld, [...folders, '--mysqlx=OFF', ...mysqlFlags(place.profile)], place)],
    url: mysqlUrl,
    report: ({ ports }) => reportOfMysql(mysqlUrl(ports[0]!)),
  }
}

function pluginsOf(root: string): string {
  const folder = join(root, 'usr/lib/mysql')
  return join(folder, readdirSync(folder).find((name) => name === 'plugin') ?? '')
}

export function mysqlFlags(profile: Profile): string[] {
  const both = [...sharedFlags(profile), '--default-time-zone=+00:00', '--log-bin-trust-function-creators=ON']
  if (profile === 'tests')
    return [...both, '--skip-log-bin', '--innodb-redo-log-capacity=64M', '--performance-schema=OFF']
  return [...both, '--innodb-redo-log-capacity=1G', '--sync-binlog=1']
}
