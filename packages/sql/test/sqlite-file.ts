import { promisify } from 'node:util'
import sqlite3 from 'sqlite3'

type Values = readonly (string | number | null | undefined)[]

/** Runs one statement on a file with the driver itself, as any other program would. */
export async function execute(file: string, sql: string, values: Values = []): Promise<void> {
  await query(file, sql, values)
}

export async function query(file: string, sql: string, values: Values = []): Promise<Record<string, unknown>[]> {
  const db = new sqlite3.Database(file)
  db.configure('busyTimeout', 5_000)
  try {
    return await new Promise((resolve, reject) => {
      db.all<Record<string, unknown>>(sql, [...values], (error, rows) => (error ? reject(error) : resolve(rows)))
    })
  } finally {
    await promisify(db.close.bind(db))()
  }
}
