import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Knex } from 'knex'
import { IN_MEMORY } from './sqlite-file.js'

/** Looking at a file that is not there does not make it: an empty database in memory stands for it, until it is there. */
export function later(Client: typeof Knex.Client): typeof Knex.Client {
  return class extends Client {
    private readonly standIns = new WeakSet<object>()

    override async acquireRawConnection(): Promise<object> {
      if (isThere(fileIn(this))) return super.acquireRawConnection()
      const other = Object.create(this, { connectionSettings: { value: { filename: IN_MEMORY } } }) as this
      const connection: object = await super.acquireRawConnection.call(other)
      this.standIns.add(connection)
      return connection
    }

    override async validateConnection(connection: object): Promise<boolean> {
      return !this.standIns.has(connection) || !isThere(fileIn(this))
    }
  }
}

/** Makes the file of a database, empty, and its folder, unless they are there. */
export function makeFile({ client }: Knex): void {
  const file = fileIn(client)
  if (file === IN_MEMORY) return
  mkdirSync(dirname(file), { recursive: true })
  closeSync(openSync(file, 'a'))
}

function fileIn({ connectionSettings }: Knex.Client): string {
  return (connectionSettings as { filename: string }).filename
}

/** What cannot be looked at is not taken for what is not there. */
function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined
}
