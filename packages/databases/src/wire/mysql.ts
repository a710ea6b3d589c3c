import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { Report } from '../local/recipe.js'

const SETTINGS = [
  'innodb_flush_log_at_trx_commit',
  'innodb_flush_method',
  'innodb_doublewrite',
  'innodb_buffer_pool_size',
  'innodb_redo_log_capacity',
  'innodb_log_file_size',
  'log_bin',
  'sync_binlog',
  'max_connections',
  'time_zone',
]

/** The version and settings of a MySQL or MariaDB server. Rejects when it does not answer. */
export async function reportOfMysql(url: string): Promise<Report> {
  const connection = await createConnection({ uri: url, connectTimeout: 5_000 })
  try {
    const [rows] = await connection.query<RowDataPacket[]>('SHOW GLOBAL VARIABLES WHERE Variable_name IN (?)', [
      ['version', ...SETTINGS],
    ])
    const variables = Object.fromEntries(rows.map((row) => [row.Variable_name as string, row.Value as string]))
    const { version = '', ...settings } = variables
    return { version, settings }
  } finally {
    connection.destroy()
  }
}
