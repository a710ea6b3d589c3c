import { expect, test } from 'vitest'
import { problemsOf } from '../src/dialects/mysql-opening.js'

test.each([
  ['8.0.28', ['its version is 8.0.28; MySQL 8.0.29, MariaDB 10.6, or a later one is needed']],
  ['8.0.29', []],
  ['8.0.36-28.1', []],
  ['9.7.4-2', []],
  ['8.0.11-TiDB-v7.5.0', ['its version is 8.0.11-TiDB-v7.5.0; MySQL 8.0.29, MariaDB 10.6, or a later one is needed']],
  ['10.5.22-MariaDB', ['its version is 10.5.22-MariaDB; MySQL 8.0.29, MariaDB 10.6, or a later one is needed']],
  ['10.6.0-MariaDB', []],
  ['11.4.2-MariaDB-ubu2404', []],
])('MySQL %s is told: %j', (version, problems) => {
  expect(problemsOf({ version, max_allowed_packet: '16777216', log_bin: 'OFF' }, [])).toEqual(problems)
})

test('a log that is written later than a commit is refused', () => {
  const has = { version: '9.7.4', max_allowed_packet: '16777216' }
  expect(problemsOf({ ...has, innodb_flush_log_at_trx_commit: '0' }, [])).toEqual([
    'innodb_flush_log_at_trx_commit is 0, which loses what was acknowledged; run set global innodb_flush_log_at_trx_commit = 1',
  ])
})

test('a binary log of statements is refused, one that is not written is not', () => {
  const has = { version: '9.7.4', max_allowed_packet: '16777216', binlog_format: 'STATEMENT' }
  expect(problemsOf({ ...has, log_bin: 'ON' }, [])).toEqual([
    `binlog_format is STATEMENT, which refuses our writes; run set global binlog_format = 'ROW'`,
  ])
  expect(problemsOf({ ...has, log_bin: 'OFF' }, [])).toEqual([])
})
