import mysql from 'mysql2/promise'
import pg from 'pg'
import type { Kind } from './servers.js'

/** A connection of some other program, which keeps its transaction until it says otherwise. */
export interface Other {
  run(sql: string): Promise<unknown>
  end(): Promise<void>
}

export async function otherConnection({ family }: Kind, url: string): Promise<Other> {
  if (family === 'postgres') {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return { run: (sql) => client.query(sql), end: () => client.end() }
  }
  const connection = await mysql.createConnection({ uri: url })
  return { run: (sql) => connection.query(sql), end: () => connection.end() }
}
