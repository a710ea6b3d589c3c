import { query } from './sqlite-file.js'

export type Values = readonly (string | number | null | undefined)[]
export type Rows = Record<string, unknown>[]

/**
 * What any other program does with a database: one statement by the driver itself, `?` for each value. Drivers are loaded when
 * they are used: each of the processes that a case starts loads this module.
 */
export interface Prompt {
  query(sql: string, values?: Values): Promise<Rows>
  /** How the triggers of the audit are dropped here. */
  readonly dropTriggers: readonly string[]
}

const dropTwo = ['update', 'delete'].map((verb) => `drop trigger if exists freehold_audit_no_${verb}`)

/** @param scheme that of the URL by which this process has the file open */
export function sqlitePrompt(file: string, scheme?: string): Prompt {
  return { dropTriggers: dropTwo, query: (sql, values) => query(file, sql, values, scheme) }
}

export function postgresPrompt(url: string): Prompt {
  return {
    dropTriggers: ['drop trigger if exists freehold_audit_no_change on freehold_audit'],
    async query(sql, values = []) {
      const { default: pg } = await import('pg')
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try {
        let n = 0
        const { rows } = await client.query(
          sql.replace(/\?/g, () => `$${++n}`),
          [...values],
        )
        return rows
      } finally {
        await client.end()
      }
    },
  }
}

export function mysqlPrompt(url: string): Prompt {
  return {
    dropTriggers: dropTwo,
    async query(sql, values = []) {
      const { createConnection } = await import('mysql2/promise')
      const connection = await createConnection({ uri: url, dateStrings: true })
      try {
        const [rows] = await connection.query(sql, [...values])
        return rows as Rows
      } finally {
        await connection.end()
      }
    },
  }
}
