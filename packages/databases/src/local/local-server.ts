import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../engines.js'
import { serverAccount } from '../machine/account.js'
import { kept } from '../machine/cache.js'
import { run } from '../machine/commands.js'
import { runFolderFor } from '../machine/home.js'
import { freePort } from '../machine/ports.js'
import { killTree, quitTree } from '../machine/process-tree.js'
import { OwnServer } from '../own-server.js'
import type { Profile, Server } from '../server.js'
import type { Launch } from '../supervision/messages.js'
import { type Launched, supervisor } from '../supervision/supervised.js'
import type { Part, Place, Recipe, Report } from './recipe.js'

/** Milliseconds for a server to answer after its start, and to end after being told to. */
const PATIENCE = 60_000
const PAUSE = 25

/** A new server on a copy of the recipe's data. */
export async function startLocal(engine: Engine, recipe: Recipe, profile: Profile): Promise<Server> {
  const account = serverAccount()
  const template = await kept(`data/${recipe.template}`, async (draft) => {
    if (account !== undefined) chownSync(draft, account.uid, account.gid)
    await recipe.makeData(join(draft, 'data'), account)
  })
  const folder = join(runFolderFor(profile), `${engine}-${randomBytes(6).toString('hex')}`)
  await supervisor().order({ do: 'folder', folder })
  const data = join(folder, 'data')
  await run('cp', ['-a', join(template, 'data'), data])
  const ports = await Promise.all(Array.from({ length: recipe.ports }, freePort))
  const server = new LocalServer(engine, recipe, { data, folder, ports, profile, account })
  try {
    await server.start()
  } catch (error) {
    await server.dispose()
    throw error
  }
  return server
}

class LocalServer extends OwnServer {
  readonly how: string
  readonly url: string
  private running: { part: Part; process: Launched }[] = []

  constructor(
    engine: Engine,
    private readonly recipe: Recipe,
    private readonly place: Place,
  ) {
    super(engine, place.folder)
    this.how = recipe.how
    this.url = recipe.url(place.ports[0]!)
  }

  protected runs(): boolean {
    return this.running.length > 0
  }

  protected async begin(): Promise<Report> {
    const { folder, account } = this.place
    for (const part of this.recipe.parts(this.place)) {
      const log = this.logOf(part)
      const launch = { ...part, account: part.trusted ? undefined : account, log }
      this.running.push({ part, process: await supervisor().launch(folder, pickLaunch(launch)) })
      if (part.ready !== undefined) await this.answered(part.ready)
    }
    return this.answered(() => this.recipe.report(this.place))
  }

  protected async shutDown(): Promise<void> {
    for (const { part, process: launched } of this.running.toReversed()) {
      if (launched.how() === undefined) process.kill(launched.pid, part.stop)
      const timer = setTimeout(() => killTree(launched.pid), PATIENCE)
      await launched.ended()
      clearTimeout(timer)
    }
    this.running = []
  }

  protected cut(): Promise<void> {
    return this.end((pid) => killTree(pid))
  }

  protected remove(): Promise<void> {
    return this.end(quitTree)
  }

  private async end(end: (pid: number, quit?: NodeJS.Signals) => unknown): Promise<void> {
    const running = this.running.filter(({ process }) => process.how() === undefined)
    await Promise.all(running.map(({ part, process }) => end(process.pid, part.quit)))
    await Promise.all(running.map(({ process }) => process.ended()))
    this.running = []
  }

  /** Asks until there is an answer, or a process of the server has ended, or patience has. */
  private async answered<T>(ask: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + PATIENCE
    for (;;)
      try {
        return await ask()
      } catch (cause) {
        const dead = this.running.find(({ process }) => process.how() !== undefined)
        if (dead !== undefined)
          throw new Error(`${dead.part.name} ended with ${dead.process.how()}: ${this.lastWords(dead.part)}`, { cause })
        if (Date.now() > deadline) {
          const { part } = this.running.at(-1)!
          throw new Error(`${part.name} does not answer: ${this.lastWords(part)}`, { cause })
        }
        await sleep(PAUSE)
      }
  }

  private logOf(part: Part): string {
    return join(this.place.folder, `${part.name}.log`)
  }

  private lastWords(part: Part): string {
    const log = this.logOf(part)
    return existsSync(log) ? readFileSync(log, 'utf8').trim().slice(-1_000) : 'it said nothing'
  }
}

/** What may go over the channel to the supervisor: functions may not. */
function pickLaunch({ command, args, env, quit, account, log }: Part & Launch): Launch {
  return { command, args, env, quit, account, log }
}
