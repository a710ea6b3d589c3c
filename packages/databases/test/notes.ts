import { MongoClient } from 'mongodb'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { type Engine, urlOf } from '../src/engines.js'
import { withPostgres } from '../src/wire/postgres.js'

/** A table of notes on a server, through the engine's own driver. */
export interface Notes {
  ping(): Promise<void>
  write(note: string): Promise<void>
  /** Every note in the order they were written; rejects when there is no table or no server. */
  read(): Promise<string[]>
}

/** An engine that the run could not start cannot be started by a test either. */
export function reasonToSkip(engine: Engine): boolean {
  return urlOf(engine) === undefined
}

export function notesIn(engine: Engine, url: string): Notes {
  if (engine === 'mongodb') return documents(url)
  if (engine === 'mysql' || engine === 'mariadb') return rows((sql, values) => queryMysql(url, sql, values))
  return rows((sql, values) => queryPostgres(url, sql, values))
}

type Query = (sql: string, values: string[]) => Promise<{ note: string }[]>

function rows(query: Query): Notes {
  return {
    async ping() {
      await query("SELECT 'ping' AS note", [])
    },
    async write(note) {
      await query('CREATE TABLE IF NOT EXISTS notes (note VARCHAR(20))', [])
      await query('INSERT INTO notes VALUES (?)', [note])
    },
    async read() {
      return (await query('SELECT note FROM notes ORDER BY note', [])).map(({ note }) => note)
    },
  }
}

function queryPostgres(url: string, sql: string, values: string[]): Promise<{ note: string }[]> {
  return withPostgres(url, async (client) => (await client.query(sql.replace('?', '$1'), values)).rows)
}

async function queryMysql(url: string, sql: string, values: string[]): Promise<{ note: string }[]> {
  const connection = await createConnection({ uri: url })
  try {
    if (sql.includes('notes')) await connection.query('CREATE DATABASE IF NOT EXISTS notes')
    if (sql.includes('notes')) await connection.query('USE notes')
    const [found] = await connection.query<RowDataPacket[]>(sql, values)
    return found as RowDataPacket[] & { note: string }[]
  } finally {
    connection.destroy()
  }
}

function documents(url: string): Notes {
  const use = async <T>(work: (client: MongoClient) => Promise<T>): Promise<T> => {
    const client = new MongoClient(url, { serverSelectionTimeoutMS: 2_000 })
    try {
      return await work(client)
    } finally {
      await client.close()
    }
  }
  return {
    async ping() {
      await use((client) => client.db('notes').command({ ping: 1 }))
    },
    async write(note) {
      await use((client) => client.db('notes').collection('notes').insertOne({ note }))
    },
    async read() {
      const found = await use((client) => client.db('notes').collection('notes').find().sort({ note: 1 }).toArray())
      return found.map(({ note }) => note as string)
    },
  }
}
