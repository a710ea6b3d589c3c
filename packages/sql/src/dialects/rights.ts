import { StoreError } from '@freehold/contract'
import type { TableRights } from './dialect.js'
import { readMysqlUrl } from './mysql-options.js'
import { quote } from './postgres-names.js'

/** Those on a table are taken one by one, from everybody too: what all may do, this user may. */
export function limitPostgres(_url: string, user: string, tables: readonly TableRights[]): string[] {
  return tables.flatMap(({ table, rights }) => [
    `revoke all on table ${quote(table)} from public, ${quote(user)}`,
    `grant ${rights.join(', ')} on table ${quote(table)} to ${quote(user)}`,
  ])
}

/**
 * The right to update a column to what it is: of MySQL for that of the tenant, of MariaDB for all of them. There, that nothing is
 * updated is left to the triggers, which this user can neither drop nor make. The server takes its part: a URL may say either.
 */
const UPDATING_NOTHING = 'update /*!80017 (`tenant`) */'

/**
 * A right on the whole database is on each of its tables: it is taken, and given anew table by table. Views stay readable. What
 * inserts a row unless it is there asks for the right to update a column, to what it is.
 */
export function limitMysql(url: string, user: string, tables: readonly TableRights[]): string[] {
  const { database } = readMysqlUrl(url)
  const [name, host = '%'] = user.split(/@(?=[^@]*$)/)
  const who = `${text(name!)}@${text(host)}`
  const on = (table: string) => `\`${database}\`.${table}`
  const writes = tables.flatMap(({ table, rights }) => {
    const more: string[] = rights.filter((right) => right !== 'select')
    if (rights.includes('insert') && !rights.includes('update')) more.push(UPDATING_NOTHING)
    return more.length === 0 ? [] : [`grant ${more.join(', ')} on ${on(`\`${table}\``)} to ${who}`]
  })
  return [
    `grant select on ${on('*')} to ${who}`,
    `revoke all privileges on ${on('*')} from ${who}`,
    `grant select on ${on('*')} to ${who}`,
    ...writes,
  ]
}

export function limitSqlite(): never {
  throw new StoreError(
    'unsupported',
    'SQLite knows no users: whoever writes the file can change all of it; keep checkpoints elsewhere, or the audit in a server',
  )
}

function text(value: string): string {
  return `'${value.replace(/[\\']/g, (one) => one + one)}'`
}
