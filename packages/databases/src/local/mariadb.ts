import { dirname, join } from 'node:path'
import { installed, run } from '../machine/commands.js'
import { unpacked } from '../machine/packages.js'
import type { Profile } from '../server.js'
import { reportOfMysql } from '../wire/mysql.js'
import { mysqlPart, mysqlUrl, sharedFlags } from './mysql-family.js'
import type { Recipe } from './recipe.js'

interface Programs {
  mariadbd: string
  /** The script that makes the data of a new server. */
  install: string
  how: string
  /** Where everything else of it is, when that is not where the program was built to look. */
  folders: readonly string[]
}

/** The MariaDB that is installed; where there is none, Debian's MariaDB 10.11. */
export async function mariadb(): Promise<Recipe> {
  const { mariadbd, install, how, folders } = installedMariadb() ?? (await unpackedMariadb())
  const version = /Ver (\d+(\.\d+)+)/.exec(await run(mariadbd, ['--no-defaults', '--version']))![1]
  return {
    how,
    ports: 1,
    template: `mariadb-${version}`,
    makeData: async (data, account) => {
      const init = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve']
      const files = ['--innodb-log-file-size=16M', ...folders]
      await run(install, ['--no-defaults', `--datadir=${data}`, ...init, ...files], { account })
    },
    parts: (place) => [
      mysqlPart('mariadbd', mariadbd, ['--no-defaults', ...folders, ...mariadbFlags(place.profile)], place),
    ],
    url: mysqlUrl,
    report: ({ ports }) => reportOfMysql(mysqlUrl(ports[0]!)),
  }
}

export function mariadbFlags(profile: Profile): string[] {
  const shared = sharedFlags(profile)
  if (profile === 'tests') return [...shared, '--default-time-zone=+05:30', '--innodb-log-file-size=64M']
  return [...shared, '--default-time-zone=+00:00', '--innodb-log-file-size=1G']
}

function installedMariadb(): Programs | undefined {
  const mariadbd = installed('mariadbd')
  const install = installed('mariadb-install-db')
  return mariadbd && install ? { mariadbd, install, how: 'installed', folders: [] } : undefined
}

async function unpackedMariadb(): Promise<Programs> {
  const programs = ['usr/sbin/mariadbd', 'usr/bin/my_print_defaults', 'usr/bin/resolveip']
  const root = await unpacked({
    name: 'mariadb-10.11',
    title: 'mariadb',
    suite: 'bookworm',
    packages: ['mariadb-server-core', 'mariadb-client-core'],
    libraries: [],
    programs,
  })
  const usr = join(root, 'usr')
  return {
    mariadbd: join(root, programs[0]!),
    install: join(dirname(join(root, programs[1]!)), 'mariadb-install-db'),
    how: 'packages of Debian bookworm, unpacked',
    folders: [
      `--basedir=${usr}`,
      `--lc-messages-dir=${join(usr, 'share/mysql')}`,
      `--character-sets-dir=${join(usr, 'share/mysql/charsets')}`,
      `--plugin-dir=${join(usr, 'lib/mysql/plugin')}`,
    ],
  }
}
