import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../engines.js'
import { mariadbFlags } from '../local/mariadb.js'
import { mongodFlags } from '../local/mongod.js'
import { mysqlFlags } from '../local/mysql.js'
import { mysqlUrl } from '../local/mysql-family.js'
import { postgresFlags, postgresUrl } from '../local/postgres.js'
import type { Report } from '../local/recipe.js'
import { runFolderFor } from '../machine/home.js'
import { freePort } from '../machine/ports.js'
import { REPORTS } from '../named-server.js'
import { OwnServer } from '../own-server.js'
import type { Profile, Server } from '../server.js'
import { supervisor } from '../supervision/supervised.js'
import { initiate } from '../wire/mongodb.js'
import { Container } from './compose.js'

/** Milliseconds for a server to answer once its container runs: a new one first makes its data. */
const PATIENCE = 120_000
const PAUSE = 250

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

/** A new server in a container, with a volume, of its own. */
export async function startDocker(engine: Engine, profile: Profile): Promise<Server> {
  const name = `${engine}-${randomBytes(6).toString('hex')}`
  const folder = join(runFolderFor(profile), name)
  const port = await freePort()
  const container = new Container(engine, folder, `freehold-${name}`, { port, flags: FLAGS[engine](profile) })
  await supervisor().order({ do: 'folder', folder, atEnd: container.removal })
  const server = new DockerServer(engine, container, folder, URLS[engine](port))
  try {
    await server.start()
  } catch (error) {
    // What cannot be removed now is left to the supervisor.
    await server.dispose().catch(() => undefined)
    throw error
  }
  return server
}

class DockerServer extends OwnServer {
  readonly how = 'Docker'
  private running = false

  constructor(
    engine: Engine,
    private readonly container: Container,
    folder: string,
    readonly url: string,
  ) {
    super(engine, folder)
  }

  protected runs(): boolean {
    return this.running
  }

  protected async begin(): Promise<Report> {
    this.running = true
    await this.container.up()
    return this.answered()
  }

  protected async shutDown(): Promise<void> {
    await this.container.stop()
    this.running = false
  }

  protected async cut(): Promise<void> {
    await this.container.kill()
    this.running = false
  }

  protected remove(): Promise<void> {
    return this.container.remove()
  }

  /** Asks until there is an answer, or the container has ended, or patience has. */
  private async answered(): Promise<Report> {
    for (const deadline = Date.now() + PATIENCE; ; await sleep(PAUSE))
      try {
        if (this.engine === 'mongodb') await initiate(this.url, '127.0.0.1:27017')
        return await REPORTS[this.engine](this.url)
      } catch (cause) {
        const runs = await this.container.runs()
        if (runs && Date.now() < deadline) continue
        const what = runs ? 'does not answer' : 'has ended'
        throw new Error(`its container ${what}: ${await this.container.lastWords()}`, { cause })
      }
  }
}
