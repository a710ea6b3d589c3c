import type { Account } from '../machine/account.js'
import type { Profile } from '../server.js'
import type { Launch } from '../supervision/messages.js'

/** Where one server lives. `ports` are as many as the recipe asks for; clients connect to the first. */
export interface Place {
  data: string
  folder: string
  ports: readonly number[]
  profile: Profile
  account: Account | undefined
}

/** One process of a server, and the signal that ends it in good order. */
export interface Part extends Omit<Launch, 'log' | 'account'> {
  name: string
  stop: NodeJS.Signals
  /** Runs as the caller even if that is root. */
  trusted?: boolean
  /** Resolves when the next part can start; rejects until then. */
  ready?(): Promise<unknown>
}

export interface Report {
  version: string
  settings: Record<string, string>
}

/** How a server of this machine is made and run. To have one, whatever it needs must have been found or unpacked. */
export interface Recipe {
  how: string
  ports: number
  /** The name of the data that a new server starts with: another for every version of the server. */
  template: string
  /** Makes that data in the folder `data`, which is not there yet; its parent belongs to `account`. */
  makeData(data: string, account: Account | undefined): Promise<void>
  /** What to start, in this order; it is stopped in the other. */
  parts(place: Place): Part[]
  url(port: number): string
  /** What the server says of itself; rejects while it does not answer. */
  report(place: Place): Promise<Report>
}
