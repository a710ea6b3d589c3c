import type { Knex } from 'knex'
import { type Asked, isAtLeast, refuseDatabase } from './opening.js'

/** What a statement with the largest values that the contract takes needs, in bytes. */
const LEAST_PACKET = 16_777_216
const REMEDY_PACKET = 67_108_864

/** What compares trailing spaces too. Of hex digits, and of the JSON that MariaDB keeps as text, another does as well. */
const BYTE_FOR_BYTE = "'utf8mb4_0900_bin', 'utf8mb4_nopad_bin'"
const LONGEST_HEX = 64

/** Checks what we cannot set for our connections. */
export async function open(knex: Knex, { tables }: Asked): Promise<object> {
  const [variables] = await knex.raw<{ Variable_name: string; Value: string }[][]>(
    `show variables where variable_name in ('version', 'max_allowed_packet', 'log_bin', 'binlog_format', 'innodb_flush_log_at_trx_commit')`,
  )
  const has = Object.fromEntries(variables!.map(({ Variable_name, Value }) => [Variable_name, Value]))
  const [others] = await knex.raw<{ name: string; engine: string }[][]>(
    `select table_name as name, engine as engine from information_schema.tables
     where table_schema = database() and table_name in (?) and table_type = 'BASE TABLE' and engine <> 'InnoDB'`,
    [[...tables]],
  )
  const [columns] = await knex.raw<TextColumn[][]>(
    `select table_name as name, column_name as col, coalesce(collation_name, data_type) as collation
     from information_schema.columns
     where table_schema = database() and table_name in (?)
       and (data_type like '%binary' or data_type like '%blob' or collation_name not in (${BYTE_FOR_BYTE}))
       and not (collation_name = 'ascii_bin' and character_maximum_length <= ${LONGEST_HEX})
       and not (collation_name = 'utf8mb4_bin' and data_type = 'longtext')
     order by table_name, ordinal_position`,
    [[...tables]],
  )
  refuseDatabase('MySQL', [...problemsOf(has, others!), ...collationProblemsOf(has.version ?? '', columns!)])
  return {}
}

export interface TextColumn {
  name: string
  col: string
  /** Or the type of a column that has none. */
  collation: string
}

/** Where ids are compared otherwise, those of two tenants can be one. A problem for each table: its remedy is one, too. */
export function collationProblemsOf(version: string, columns: readonly TextColumn[]): string[] {
  const collation = isMariaDb(version) ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin'
  const firsts = columns.filter(({ name }, at) => columns.findIndex((column) => column.name === name) === at)
  return firsts.map(
    ({ name, col, collation: has }) =>
      `the column ${col} of the table ${name} is of the collation ${has}, which takes different ids for one; run alter table ${name} convert to character set utf8mb4 collate ${collation}`,
  )
}

function isMariaDb(version: string): boolean {
  return /mariadb/i.test(version)
}

/** What keeps a server with these variables, and these tables that are not of InnoDB, from keeping what is promised. */
export function problemsOf(
  has: Readonly<Record<string, string | undefined>>,
  others: readonly { name: string; engine: string }[],
): string[] {
  const { version = '', max_allowed_packet: packet, log_bin, binlog_format } = has
  const problems = others.map(
    ({ name, engine }) => `the table ${name} is of the engine ${engine}; run alter table ${name} engine = InnoDB`,
  )
  if (!isAtLeast(version, isMariaDb(version) ? [10, 6] : [8, 0, 29]))
    problems.push(`its version is ${version}; MySQL 8.0.29, MariaDB 10.6, or a later one is needed`)
  if (Number(packet) < LEAST_PACKET)
    problems.push(
      `max_allowed_packet is ${packet}, and ${LEAST_PACKET} is needed; run set global max_allowed_packet = ${REMEDY_PACKET}, and write it into the configuration of the server`,
    )
  if (log_bin === 'ON' && binlog_format === 'STATEMENT')
    problems.push(`binlog_format is STATEMENT, which refuses our writes; run set global binlog_format = 'ROW'`)
  if (has.innodb_flush_log_at_trx_commit === '0')
    problems.push(
      'innodb_flush_log_at_trx_commit is 0, which loses what was acknowledged; run set global innodb_flush_log_at_trx_commit = 1',
    )
  return problems
}
