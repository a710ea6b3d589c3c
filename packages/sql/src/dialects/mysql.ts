import { storedJson, toIso } from '@freehold/contract'
import type { ColumnType, Dialect, PlacedColumn } from './dialect.js'
import { connect } from './mysql-connection.js'
import { dropRange, rangesBefore, splitRange } from './mysql-days.js'
import { failureOf } from './mysql-failures.js'
import { open } from './mysql-opening.js'
import { mysqlIdentity, mysqlPlace } from './mysql-options.js'
import { viewColumn, wholeText } from './mysql-views.js'
import { limitMysql } from './rights.js'
import { marksFor, rowsWith, runPlain, valuesOf } from './statement.js'
import { storedTime } from './stored.js'

/** Byte for byte, trailing spaces too, by the name that MySQL and MariaDB each have for it. */
const BYTES = 'character set utf8mb4 collate /*!80017 utf8mb4_0900_bin *//*M! utf8mb4_nopad_bin */'

const TYPES: Record<ColumnType, string> = {
  id: `varchar(128) ${BYTES}`,
  word: `varchar(64) ${BYTES}`,
  hex: 'varchar(32) character set ascii collate ascii_bin',
  hash: 'char(64) character set ascii collate ascii_bin',
  label: `varchar(255) ${BYTES}`,
  name: `varchar(1000) ${BYTES}`,
  text: `longtext ${BYTES}`,
  time: 'datetime(6)',
  day: 'date',
  integer: 'bigint',
  // MariaDB's JSON is this type with a check that refuses what is nested deeper than 31 levels.
  json: '/*!80017 json *//*M! longtext character set utf8mb4 collate utf8mb4_bin */',
}

/** The partition of every day that has none of its own. */
const REST = 'rest'

/** SQL for whether this user was granted the right on a server, a database or a table. */
function mayMakeTriggers(level: string): string {
  const here = level === 'user' ? '' : ' and table_schema = database()'
  const me = `concat("'", replace(current_user(), '@', "'@'"), "'")`
  return `exists (select 1 from information_schema.${level}_privileges where privilege_type = 'TRIGGER'${here} and grantee = ${me})`
}

/** MySQL 8.0.29 or later, and MariaDB 10.6 or later. */
export const mysql: Dialect = {
  name: 'MySQL',
  capabilities: {
    sharedBetweenProcesses: true,
    auditImmutable: true,
    auditViews: true,
    dropsDays: true,
    notifies: false,
  },
  maxBindings: 65_535,
  now: 'utc_timestamp(6)',
  nowOfStatement: 'utc_timestamp(6)',
  oneWriter: false,
  exclusive: false,
  indexesInTable: true,
  columnsTogether: true,
  partialIndexes: false,
  ordersByNull: false,
  readingBy: (index) => ` force index (\`${index}\`)`,
  // Another engine has no transactions, another format shorter keys.
  tableOptions: ' engine=InnoDB row_format=dynamic',

  connect,
  identityOf: mysqlIdentity,
  placeOf: mysqlPlace,

  open,
  hidesTables: true,
  hasTable: (knex, table) => knex.schema.hasTable(table),

  lock: ' for update',
  rowsWith,
  sizeOf: (column) =>
    `case when left(\`${column}\`, 1) = '*' then cast(substr(\`${column}\`, 2, 8) as unsigned) else octet_length(\`${column}\`) end`,
  sizeOfJson: (column) => `octet_length(\`${column}\`)`,

  quote: (name) => `\`${name}\``,
  columnType: (type) => TYPES[type],
  // Those of MariaDB answer NULL, whatever they are asked of such a value.
  jsonLevels: 31,
  partitionedBy: (_, column) => ({
    clause: ` partition by range columns (\`${column}\`) (partition ${REST} values less than (maxvalue))`,
    statements: [],
  }),
  makeDay: splitRange,
  daysBefore: rangesBefore,
  dropDay: dropRange,
  appendOnly({ name, columns }) {
    const same = columns.map((column) => `old.\`${column}\` <=> new.\`${column}\``).join(' and ')
    const refuse = `signal sqlstate '45000' set message_text = 'entries of the audit are never changed'`
    return [
      // Inserting what is there already comes as an update that changes nothing.
      `create trigger if not exists \`${name}_no_update\` before update on \`${name}\` ` +
        `for each row if not (${same}) then ${refuse}; end if`,
      `create trigger if not exists \`${name}_no_delete\` before delete on \`${name}\` for each row ${refuse}`,
    ]
  },
  async isAppendOnly(knex, table) {
    // Who may not make triggers may not see them either.
    const [[{ seen, visible }]] = await knex.raw(
      `select (select count(*) from information_schema.triggers
               where trigger_schema = database() and trigger_name in (?)) as seen,
         exists (select 1 from information_schema.tables where table_schema = database() and table_name = ?)
         and (${['user', 'schema', 'table'].map(mayMakeTriggers).join(' or ')}) as visible`,
      [[`${table}_no_update`, `${table}_no_delete`], table],
    )
    return Number(seen) === 2 || (Number(seen) === 0 && Number(visible) === 0)
  },
  dropAppendOnly: () => [],
  replaceView: (name, select) => [`create or replace view \`${name}\` as ${select}`],
  property: viewColumn,
  wholeText,
  propertyNamed: (json, name) => `json_unquote(json_extract(${json}, concat('$.', json_quote(${name}))))`,
  textAsJson: (sql) => `json_quote(${sql})`,
  asJson: (sql) => sql,

  limitRights: limitMysql,

  toTime: (at) => toIso(at).slice(0, -1).replace('T', ' '),
  fromTime: (value) => storedTime(value as string),
  timesAreText: false,
  fromJson: storedJson,
  fromInteger: Number,

  async insertNew(trx, table, columns, rows) {
    const [{ name }] = columns as readonly [PlacedColumn]
    // Not INSERT IGNORE, which also ignores that a value does not fit.
    const { response } = await runPlain(trx, insertOf(table, columns, rows, `\`${name}\` = \`${name}\``))
    return (response as [{ affectedRows: number }])[0].affectedRows
  },
  async overwrite(trx, table, columns, rows, { set }) {
    const changes = set.map((name) => `\`${name}\` = values(\`${name}\`)`)
    await runPlain(trx, insertOf(table, columns, rows, changes.join(', ')))
  },
  classify: failureOf,
}

function insertOf(
  table: string,
  columns: readonly PlacedColumn[],
  rows: readonly (readonly unknown[])[],
  changes: string,
) {
  const names = columns.map(({ name }) => `\`${name}\``).join(', ')
  const sql = `insert into \`${table}\` (${names}) values ${marksFor(columns, rows)} on duplicate key update ${changes}`
  return { sql, bindings: valuesOf(columns, rows) }
}
