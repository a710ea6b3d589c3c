import type { Knex } from 'knex'
import { type Asked, isAtLeast, refuseDatabase } from './opening.js'

/** What a statement with the largest values that the contract takes needs, in bytes. */
const LEAST_PACKET = 16_777_216
const REMEDY_PACKET = 67_108_864

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
  refuseDatabase('MySQL', problemsOf(has, others!))
  return {}
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
  const isMariaDb = /mariadb/i.test(version)
  if (!isAtLeast(version, isMariaDb ? [10, 6] : [8, 0, 29]))
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
