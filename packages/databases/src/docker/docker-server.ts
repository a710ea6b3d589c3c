import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Engine } from '../engines.js'
import { mariadbFlags } from '../local/mariadb.js'
import { mongodFlags } from '../local/mongod.js'
import { mysqlFlags } from '../local/mysql.js'
import { mysqlUrl } from '../local/mysql-family.js'
import { postgresFlags, postgresUrl } from '../local/postgres.js'
import type { Report } from '../local/recipe.js'
import { installed, run } from '../machine/commands.js'
import { freePort } from '../machine/ports.js'
import { REPORTS } from '../named-server.js'
import type { Profile, Server } from '../server.js'
import { supervisor } from '../supervision/supervised.js'
import { initiate } from '../wire/mongodb.js'

const FILE = fileURLToPath(new URL('../../compose.yaml', import.meta.url))
/** Milliseconds for a server to answer once its container runs: a new one first makes its data. */
const PATIENCE = 120_000

const FLAGS: Record<Engine, (profile: Profile) => string[]> = {
  postgres: (profile) => postgresFlags(profile).map((flag) => `-c${flag}`),
  postgres15: (profile) => postgresFlags(profile, 'Asia/Kolkata').map((flag) => `-c${flag}`),
  mysql: mysqlFlags,
  mariadb: mariadbFlags,
  mongodb: mongodFlags,
}

const URLS: Record<Engine, (port: number) => string> = {
  postgres: postgresUrl,
  postgres15: postgresUrl,
  mysql: mysqlUrl,
  mariadb: mysqlUrl,
  mongodb: (port) => `mongodb://127.0.0.1:${port}/?directConnection=true`,
}

let asked: Promise<boolean> | undefined

/** Whether there is a Docker daemon, and Compose to speak to it. Asked once per process. */
export function dockerAnswers(): Promise<boolean> {
  asked ??= ask()
  return asked
}

async function ask(): Promise<boolean> {
  if (installed('docker') === undefined) return false
  try {
    await run('docker', ['info'], { timeout: 5_000 })
    await run('docker', ['compose', 'version'], { timeout: 5_000 })
    return true
  } catch {
    return false
  }
}

/** A new server in a container, with a volume, of its own. */
export async function startDocker(engine: Engine, profile: Profile): Promise<Server> {
  const project = `freehold-${engine}-${randomBytes(6).toString('hex')}`
  const port = await freePort()
  const compose = ['docker', 'compose', '-f', FILE, '-p', project]
  const env = { PORT: String(port), FLAGS: FLAGS[engine](profile).join(' ') }
  const docker = (...args: string[]) => run('docker', [...compose.slice(1), ...args], { env })
  const removal = ['env', `PORT=${port}`, 'FLAGS=', ...compose, 'down', '--volumes', '--timeout', '0']
  const url = URLS[engine](port)
  let report: Report = { version: '', settings: {} }
  await supervisor().order({ do: 'promise', atEnd: removal })

  const server: Server = {
    engine,
    url,
    how: 'Docker',
    get version() {
      return report.version
    },
    get settings() {
      return report.settings
    },
    async start() {
      await docker('up', '--detach', engine)
      report = await answered(async () => {
        if (engine === 'mongodb') await initiate(url, '127.0.0.1:27017')
        return REPORTS[engine](url)
      })
    },
    async stop() {
      await docker('stop', engine)
    },
    async kill() {
      await docker('kill', engine)
    },
    async dispose() {
      await run(removal[0]!, removal.slice(1))
      await supervisor().order({ do: 'forget', atEnd: removal })
    },
  }
  try {
    await server.start()
  } catch (error) {
    await server.dispose()
    throw error
  }
  return server
}

async function answered(ask: () => Promise<Report>): Promise<Report> {
  const deadline = Date.now() + PATIENCE
  for (;;)
    try {
      return await ask()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(250)
    }
}
