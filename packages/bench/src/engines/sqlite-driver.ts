import { stat } from 'node:fs/promises'
import { toIso } from '@freehold/contract'
import { type Connection, type Driver, InsertTexts } from './driver.js'

export const insertTexts = new InsertTexts((table, columns, rows) => {
  const marks = `(${columns.map(() => '?').join(', ')})`
  return `insert into "${table}" (${columns.join(', ')}) values ${Array(rows).fill(marks).join(', ')}`
})

/** A connection to a file, by one of the two drivers. */
export interface FileConnection extends Connection {
  close(): Promise<void>
}

/** What the two drivers have in common: a file has one writer, whose transactions take turns. */
export async function openDriver(
  file: string,
  technique: string,
  open: (file: string) => Promise<FileConnection>,
): Promise<Driver> {
  const connection = await open(file)
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'busy_timeout = 5000'])
    await connection.all(`pragma ${pragma}`)
  return new SqliteDriver(file, technique, connection, open)
}

class SqliteDriver implements Driver {
  readonly forUpdate = ''
  private lastTurn: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly file: string,
    readonly technique: string,
    private readonly connection: FileConnection,
    private readonly open: (file: string) => Promise<FileConnection>,
  ) {}

  quote(name: string): string {
    return `"${name}"`
  }

  time(at: number): string {
    return toIso(at)
  }

  read<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.inTurn(() => work(this.connection))
  }

  /** One file has one writer: transactions take turns here, where waiting costs nothing. */
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      await this.connection.run('begin immediate')
      try {
        const result = await work(this.connection)
        await this.connection.run('commit')
        return result
      } catch (error) {
        await this.connection.run('rollback')
        throw error
      }
    })
  }

  async settle(): Promise<void> {
    await this.connection.all('pragma wal_checkpoint(truncate)')
  }

  /** A reader that stays at the state before keeps the log from being begun anew: it grows by all that is written. */
  async bytesLogged(work: () => Promise<void>): Promise<number> {
    await this.connection.all('pragma wal_checkpoint(truncate)')
    const reader = await this.open(this.file)
    await reader.run('begin')
    await reader.all('select count(*) from sqlite_schema')
    await work()
    await reader.run('commit')
    await reader.close()
    return (await stat(`${this.file}-wal`)).size
  }

  async bytesAtRest(): Promise<number> {
    await this.settle()
    return (await stat(this.file)).size
  }

  async close(): Promise<void> {
    await this.lastTurn
    await this.connection.close()
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.lastTurn.then(work)
    this.lastTurn = turn.catch(() => undefined)
    return turn
  }
}
