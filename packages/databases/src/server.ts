import type { Engine } from './engines.js'

/**
 * `tests` is as fast as a server can be that still keeps every commit when its process is killed. `durable` keeps them
 * when the machine loses power, on a real disk, as a production server does: for measuring.
 */
export type Profile = 'tests' | 'durable'

/** A running database server. After `dispose` every other call rejects. */
export interface Server {
  readonly engine: Engine
  /** Where the engine's driver connects, with the password in it. The same after every `start`. */
  readonly url: string
  /** What the server says its version is. */
  readonly version: string
  /** Where the server came from, for a person to read. */
  readonly how: string
  /** The settings that decide how fast and how durable the server is, as it reports them. */
  readonly settings: Readonly<Record<string, string>>
  /** Shuts the server down in good order and keeps its data. */
  stop(): Promise<void>
  /** Starts it again on the same port and data, and resolves when it answers. */
  start(): Promise<void>
  /** Ends every process of the server at once, as a power cut does, and keeps its data. */
  kill(): Promise<void>
  /** Ends the server and removes its data. */
  dispose(): Promise<void>
}
