import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Engine } from '../engines.js'
import { installed, run } from '../machine/commands.js'
import { supervisor } from '../supervision/supervised.js'

const FILE = fileURLToPath(new URL('../../compose.yaml', import.meta.url))

/** Compose begins each line of a log with it, for a terminal. */
const CLEAR_LINE = '\u001b[2K'

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

/** The container of one server: a project of Compose with a single service, named as the engine is. */
export class Container {
  /** Removes the container and its data, also when it runs or is not there. */
  readonly removal: readonly string[]
  private readonly command: readonly string[]
  private readonly env: Record<string, string>

  /** @param folder of a run, whose supervisor ends what this one has not. */
  constructor(
    private readonly engine: Engine,
    private readonly folder: string,
    project: string,
    settings: { port: number; flags: readonly string[] },
  ) {
    this.env = { PORT: String(settings.port), FLAGS: settings.flags.join(' ') }
    this.command = ['compose', '-f', FILE, '-p', project]
    // Compose reads the whole file, and says so when it cannot fill in a variable.
    const env = ['env', `PORT=${settings.port}`, 'FLAGS=']
    this.removal = [...env, 'docker', ...this.command, 'down', '--volumes', '--timeout', '0']
  }

  /**
   * Makes and starts it, or starts it again. The supervisor does that, so that a process that is killed meanwhile leaves
   * nobody at work on a container after its removal.
   */
  async up(): Promise<void> {
    const log = join(this.folder, 'docker.log')
    const args = [...this.command, 'up', '--detach', this.engine]
    const compose = await supervisor().launch(this.folder, { command: 'docker', args, env: this.env, log })
    await compose.ended()
    if (compose.how() === 'exit code 0') return
    throw new Error(`docker compose up ended with ${compose.how()}: ${readFileSync(log, 'utf8').trim().slice(-1_000)}`)
  }

  async stop(): Promise<void> {
    await this.compose('stop', this.engine)
  }

  async kill(): Promise<void> {
    await this.compose('kill', this.engine)
  }

  async remove(): Promise<void> {
    await run(this.removal[0]!, this.removal.slice(1))
  }

  async runs(): Promise<boolean> {
    return (await this.compose('ps', '--quiet', '--status', 'running', this.engine)).trim() !== ''
  }

  async lastWords(): Promise<string> {
    const said = await this.compose('logs', '--no-color', '--no-log-prefix', '--tail', '20', this.engine)
    return said.replaceAll(CLEAR_LINE, '').trim().slice(-1_000) || 'it said nothing'
  }

  private compose(...args: string[]): Promise<string> {
    return run('docker', [...this.command, ...args], { env: this.env })
  }
}
