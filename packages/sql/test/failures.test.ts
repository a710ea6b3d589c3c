import { expect, test } from 'vitest'
import type { Failure } from '../src/dialects/dialect.js'
import { type Meaning, meaning } from '../src/dialects/failures.js'
import { failureOf as ofMysql } from '../src/dialects/mysql-failures.js'
import { failureOf as ofPostgres } from '../src/dialects/postgres-failures.js'
import { failureOf as ofSqlite } from '../src/dialects/sqlite-failures.js'

type Rows = readonly (readonly [Meaning, ...(string | number)[]])[]

const NETWORK: Rows = [
  ['down', 'ECONNREFUSED', 'ENOENT'],
  ['lost', 'ECONNRESET', 'EPIPE', 'ECONNABORTED'],
  ['noHost', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL'],
  ['noWay', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'],
  ['exhausted', 'EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS'],
  ['barred', 'EACCES'],
  ['untrusted', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO', 'CERT_HAS_EXPIRED'],
  ['untrusted', 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ['untrusted', 'INVALID_CA', 'HOSTNAME_MISMATCH'],
]
const POSTGRES: Rows = [
  ['again', '40001', '40P01', '55P03'],
  ['taken', '23505', '42P07', '42710'],
  ['timeout', '57014', '25P04'],
  ['invalid', '22001', '54000'],
  ['characters', '22021', '22P05'],
  ['missing', '42P01'],
  ['foreign', '42703', '42804', '42809', '42P10', '42P16'],
  ['depended', '2BP01', '23503'],
  ['noFeature', '0A000', '42704'],
  ['noSchema', '3F000'],
  ['starting', '57P03'],
  ['closed', '55000'],
  ['down', '57P01'],
  ['stranger', 'NOT_POSTGRES'],
  ['noDirectTls', 'NO_DIRECT_TLS'],
  ['lost', '08006', '25P03', '40003'],
  ['crowded', '53300'],
  ['full', '53100'],
  ['readOnly', '25006'],
  ['broken', '53200', '58030'],
  ['password', '28P01'],
  ['barred', '28000'],
  ['noDatabase', '3D000'],
  ['noRight', '42501'],
]
const MYSQL: Rows = [
  ['again', 1020, 1205, 1213, 1412, 3101],
  ['taken', 1062],
  ['timeout', 1317, 1969, 3024],
  ['invalid', 1264, 1406, 3157],
  ['packet', 1153],
  ['characters', 1366],
  ['missing', 1146],
  ['foreign', 1050, 1054, 1347, 1364],
  ['depended', 1217, 1451, 1452, 1701, 1730, 3730],
  ['noFeature', 1235, 1273],
  ['longName', 1059, 1102, 1103],
  ['down', 1053],
  ['starting', 1047],
  ['lost', 1158, 1159, 1160, 1161, 1184, 1927, 4031],
  ['crowded', 1040, 1203, 1226],
  ['full', 1021, 1114],
  ['broken', 1037, 1038, 1041, 1206],
  ['readOnly', 1290, 1792, 1836],
  ['password', 1045, 1698],
  ['locked', 3118, 4151],
  ['expired', 1820, 1862],
  ['barred', 1129, 1130],
  ['noDatabase', 1044, 1049],
  ['noRight', 1142, 1143, 1227, 1370],
  ['noTrigger', 1419],
  ['onlyTls', 3159],
]
const SQLITE: Rows = [
  ['again', 'SQLITE_BUSY', 'SQLITE_LOCKED'],
  ['invalid', 'SQLITE_TOOBIG', 'ENAMETOOLONG'],
  ['notOurs', 'SQLITE_NOTADB'],
  ['full', 'SQLITE_FULL', 'ENOSPC', 'EDQUOT'],
  ['broken', 'SQLITE_IOERR', 'SQLITE_MISUSE', 'SQLITE_NOMEM', 'SQLITE_PROTOCOL'],
  ['noWrite', 'SQLITE_READONLY', 'EROFS'],
  ['noOpen', 'SQLITE_CANTOPEN', 'SQLITE_PERM', 'EACCES', 'EEXIST', 'ELOOP', 'ENOTDIR', 'EPERM'],
  ['damaged', 'SQLITE_CORRUPT'],
]

const each = (rows: Rows) => rows.flatMap(([word, ...codes]) => codes.map((code) => [code, word] as const))

test.each(each([...POSTGRES, ...NETWORK]))('of PostgreSQL, %s means %s', (code, word) => {
  expect(ofPostgres({ code, message: 'm' })).toEqual(meaning(word))
})
test.each(each(MYSQL))('of MySQL, %s means %s', (errno, word) => {
  expect(ofMysql({ errno, code: 'ER_X' })).toEqual(meaning(word))
})
test.each(each(NETWORK))('of MySQL, %s on the way means %s', (code, word) => {
  expect(ofMysql({ code })).toEqual(meaning(word))
})
test.each(each(SQLITE))('of SQLite, %s means %s', (code, word) => {
  expect(ofSqlite({ code, message: 'm' })).toEqual(meaning(word))
})

const INTERNAL: Failure = { code: 'internal' }
test.each<[string, Failure, Meaning | undefined]>([
  ['PostgreSQL: a code that nobody knows', ofPostgres({ code: 'XX001' }), undefined],
  ['PostgreSQL: no code', ofPostgres({ message: 'odd' }), undefined],
  ['PostgreSQL: no TLS', ofPostgres({ message: 'The server does not support SSL connections' }), 'noTls'],
  ['PostgreSQL: another server', ofPostgres({ message: 'received unexpected data' }), 'stranger'],
  ['PostgreSQL: another server at the handshake', ofPostgres({ message: 'received invalid response: 4a' }), 'stranger'],
  [
    'PostgreSQL: an error about TLS',
    ofPostgres({ message: 'There was an error establishing an SSL connection' }),
    'stranger',
  ],
  ['PostgreSQL: no answer', ofPostgres({ message: 'timeout expired' }), 'noWay'],
  ['PostgreSQL: no password', ofPostgres({ message: 'client password must be a string' }), 'password'],
  ['PostgreSQL: a lost connection', ofPostgres({ message: 'Connection terminated unexpectedly' }), 'lost'],
  ['PostgreSQL: a broken client', ofPostgres({ message: 'Client has encountered a connection error' }), 'lost'],
  ['PostgreSQL: a closed client', ofPostgres({ message: 'Client was closed and is not queryable' }), 'lost'],
  ['a pooler: no TLS', ofPostgres({ code: '08P01', message: 'SSL required' }), 'onlyTls'],
  ['a pooler: no TLS, in other words', ofPostgres({ code: '08P01', message: 'server login: TLS required' }), 'onlyTls'],
  [
    'a pooler: too many',
    ofPostgres({ code: '08P01', message: 'no more connections allowed (max_client_conn)' }),
    'crowded',
  ],
  ['a pooler: an option', ofPostgres({ code: '08P01', message: 'unsupported startup option: x' }), 'startup'],
  ['a pooler: a user', ofPostgres({ code: 'XX000', message: 'no such user' }), 'password'],
  ['a pooler: a database', ofPostgres({ code: 'XX000', message: 'database "x" does not exist' }), 'noDatabase'],
  ['MySQL: a number that nobody knows', ofMysql({ errno: 9999, code: 'ER_X' }), undefined],
  ['MySQL: nothing', ofMysql({}), undefined],
  ['MySQL: a lost connection', ofMysql({ code: 'PROTOCOL_CONNECTION_LOST' }), 'lost'],
  ['MySQL: what ends a connection', ofMysql({ code: 'ODD', fatal: true }), 'lost'],
  ['MySQL: a refusal in plain', ofMysql({ errno: 1045, inPlain: true }), 'passwordOrTls'],
  ['MySQL: no TLS', ofMysql({ code: 'HANDSHAKE_NO_SSL_SUPPORT', fatal: true }), 'noTls'],
  ['MySQL: a handshake', ofMysql({ code: 'HANDSHAKE_SSL_ERROR', fatal: true }), 'untrusted'],
  ['MySQL: a lost handshake', ofMysql({ code: 'HANDSHAKE_SSL_ERROR', fatal: true, syscall: 'read' }), 'lost'],
  ['MySQL: a way to log in', ofMysql({ code: 'AUTH_SWITCH_PLUGIN_ERROR', fatal: true }), 'barred'],
  ['MySQL: a password in plain', ofMysql({ code: 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED', fatal: true }), 'barred'],
  ['SQLite: a code that nobody knows', ofSqlite({ code: 'SQLITE_ODD' }), undefined],
  ['SQLite: nothing', ofSqlite({}), undefined],
  ['SQLite: a key', ofSqlite({ code: 'SQLITE_CONSTRAINT', message: 'UNIQUE constraint failed: t.id' }), 'taken'],
  ['SQLite: a primary key', ofSqlite({ code: 'SQLITE_CONSTRAINT', message: 'PRIMARY KEY must be unique' }), 'taken'],
  [
    'SQLite: another constraint',
    ofSqlite({ code: 'SQLITE_CONSTRAINT', message: 'NOT NULL constraint failed' }),
    undefined,
  ],
  ['SQLite: a table', ofSqlite({ code: 'SQLITE_ERROR', message: 'no such table: t' }), 'missing'],
  [
    'SQLite: a name',
    ofSqlite({ code: 'SQLITE_ERROR', message: 'object name reserved for internal use: t' }),
    'reserved',
  ],
  ['SQLite: a column', ofSqlite({ code: 'SQLITE_ERROR', message: 'no such column: c' }), 'foreign'],
  [
    'SQLite: a column to write',
    ofSqlite({ code: 'SQLITE_ERROR', message: 'table t has no column named c' }),
    'foreign',
  ],
  ['SQLite: an index on a view', ofSqlite({ code: 'SQLITE_ERROR', message: 'views may not be indexed' }), 'foreign'],
  ['SQLite: a view', ofSqlite({ code: 'SQLITE_ERROR', message: 'cannot modify v because it is a view' }), 'foreign'],
  [
    'SQLite: a name that is taken',
    ofSqlite({ code: 'SQLITE_ERROR', message: 'there is already a table named t' }),
    'foreign',
  ],
  [
    'SQLite: an index',
    ofSqlite({ code: 'SQLITE_ERROR', message: 'there is already another table or index' }),
    'foreign',
  ],
])('%s', (_, failure, word) => {
  expect(failure).toEqual(word === undefined ? INTERNAL : meaning(word))
})

test.each([
  { message: 'Could not locate the bindings file. Tried: …' },
  { code: 'ERR_DLOPEN_FAILED' },
  { message: 'was compiled against a different Node.js version' },
  { message: 'knex', cause: new Error('Could not locate the bindings file') },
])('SQLite: a driver without its compiled part: %j', (error) => {
  expect(ofSqlite(error)).toEqual({ code: 'unsupported', says: expect.stringMatching(/no binary .*; .*npm rebuild/) })
})
