import type { Engine } from './engines.js'
import type { Report } from './local/recipe.js'
import type { Server } from './server.js'
import { supervisor } from './supervision/supervised.js'

/** A server that was started here, whichever way it runs: what it reports, and its life from `start` to `dispose`. */
export abstract class OwnServer implements Server {
  abstract readonly how: string
  abstract readonly url: string
  private report: Report = { version: '', settings: {} }
  private disposed = false

  constructor(
    readonly engine: Engine,
    private readonly folder: string,
  ) {}

  get version(): string {
    return this.report.version
  }

  get settings(): Record<string, string> {
    return this.report.settings
  }

  async start(): Promise<void> {
    this.mustBeThere()
    if (this.runs()) throw new Error(`${this.engine} runs already; stop or kill it first`)
    this.report = await this.begin()
  }

  async stop(): Promise<void> {
    this.mustBeThere()
    await this.shutDown()
  }

  async kill(): Promise<void> {
    this.mustBeThere()
    await this.cut()
  }

  async dispose(): Promise<void> {
    if (this.disposed) return
    this.disposed = true
    await this.remove()
    await supervisor().order({ do: 'remove', folder: this.folder })
  }

  /** True from the beginning of a start on, even of one that failed, until the server was stopped or killed. */
  protected abstract runs(): boolean
  /** Starts it and resolves with what it says of itself. */
  protected abstract begin(): Promise<Report>
  protected abstract shutDown(): Promise<void>
  protected abstract cut(): Promise<void>
  /** Ends whatever is left of it, but for the folder. */
  protected abstract remove(): Promise<void>

  private mustBeThere(): void {
    if (this.disposed) throw new Error(`this ${this.engine} was disposed of; start another with startServer`)
  }
}
