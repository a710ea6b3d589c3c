import { promisify } from 'node:util'
import { isDirectThere } from '../src/dialects/sqlite-driver.js'

type Values = readonly (string | number | null | undefined)[]
type Rows = Record<string, unknown>[]

/** Runs one statement on a file with the driver itself, as any other program would. */
export async function execute(file: string, sql: string, values: Values = []): Promise<void> {
  await query(file, sql, values)
}

/**
 * The same, for its rows.
 * @param scheme that of the URL by which this process has the file open: of two libraries in one process, each takes the locks of the other away
 */
export function query(file: string, sql: string, values: Values = [], scheme = 'sqlite'): Promise<Rows> {
  const isDirect = scheme === 'better-sqlite3' || (scheme === 'sqlite' && isDirectThere())
  return (isDirect ? queryDirect : queryOnThread)(file, sql, values)
}

async function queryDirect(file: string, sql: string, values: Values): Promise<Rows> {
  const { default: Direct } = await import('better-sqlite3')
  const db = new Direct(file, { timeout: 5_000 })
  try {
    const statement = db.prepare<unknown[], Record<string, unknown>>(sql)
    const bound = values.map((value) => value ?? null)
    if (statement.reader) return statement.all(bound)
    statement.run(bound)
    return []
  } finally {
    db.close()
  }
}

async function queryOnThread(file: string, sql: string, values: Values): Promise<Rows> {
  const { default: sqlite3 } = await import('sqlite3')
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
