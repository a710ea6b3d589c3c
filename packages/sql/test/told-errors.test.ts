import { StoreError } from '@freehold/contract'
import knex from 'knex'
import { expect, test } from 'vitest'
import { dialectOf } from '../src/dialects/index.js'
import { failureOf, toStoreError } from '../src/errors.js'

const MYSQL = dialectOf('mysql://db/agents')
const POSTGRES = dialectOf('postgres://db/agents')
const driver = (fields: object, message = 'driver') => Object.assign(new Error(message), fields)

test('a pool of which no connection came is a timeout', () => {
  const waited = new knex.KnexTimeoutError('Timeout acquiring a connection')
  expect(failureOf(MYSQL, waited)).toEqual({
    code: 'timeout',
    says: 'no connection became free in time; try again',
  })
})

test('what is told already is told as it is', () => {
  const error = new StoreError('conflict', 'it moved')
  expect(toStoreError(MYSQL, error)).toBe(error)
})

test.each<[string, StoreError, string, string]>([
  [
    'a code that nobody knows',
    toStoreError(MYSQL, driver({ code: 'ER_ODD' }), 'db:1'),
    'internal',
    'MySQL (ER_ODD): the database reported an error; see the cause',
  ],
  [
    'no code',
    toStoreError(MYSQL, driver({})),
    'internal',
    'the call failed before it reached the database; see the cause',
  ],
  [
    'an outage',
    toStoreError(MYSQL, driver({ code: 'ECONNREFUSED' }), 'db:1'),
    'unavailable',
    'MySQL at db:1 (ECONNREFUSED): nobody answers there; start the database, or correct host and port',
  ],
  [
    'an outage at no place',
    toStoreError(MYSQL, driver({ code: 'ECONNREFUSED' })),
    'unavailable',
    'MySQL (ECONNREFUSED): nobody answers there; start the database, or correct host and port',
  ],
  [
    'a value',
    toStoreError(MYSQL, driver({ errno: 1406, code: 'ER_DATA_TOO_LONG' }), 'db:1'),
    'invalid',
    'MySQL (ER_DATA_TOO_LONG): the database refuses the size of a value; make it smaller',
  ],
])('%s is told with its code, and an outage with its place', (_, told, code, message) => {
  expect([told.code, told.message]).toEqual([code, message])
})

test('the cause is the error of the driver, without what quotes a statement or a row', () => {
  const telling = { sql: 's', sqlMessage: 'm', detail: 'd', where: 'w', internalQuery: 'i', parameters: [1] }
  const error = driver({ code: '57014', ...telling, table: 'freehold_spans' })
  const { cause } = toStoreError(POSTGRES, error)
  expect(cause).toBe(error)
  expect(Object.keys(error).sort()).toEqual(['code', 'table'])
})

test('what is no Error is the cause as it is', () => {
  const odd = Object.freeze({ code: 'ER_ODD', sql: 's' })
  expect(toStoreError(MYSQL, odd).cause).toBe(odd)
})

test.each([
  ['22001', 'value too long: secret', 'the message of the driver is left out: it quotes values'],
  ['23505', 'duplicate: secret', 'the message of the driver is left out: it quotes values'],
  ['XX001', 'corrupt page', 'corrupt page'],
  ['12201', 'of no class that quotes', 'of no class that quotes'],
  ['42601', 'syntax error at or near "secret"', 'the message of the driver is left out: it quotes values'],
  ['57014', 'canceling statement near "x" for user bob', 'canceling statement near "x" for user bob'],
  ['28000', 'no entry', 'the message of the driver is left out: it names the user'],
  ['12800', 'no entry', 'no entry'],
  ['42501', 'permission denied for table t', 'permission denied for table t'],
])('of %s, %j is kept as %j, also in the stack', (code, message, kept) => {
  const error = driver({ code }, message)
  const stack = error.stack
  const cause = toStoreError(POSTGRES, error).cause as Error
  expect(cause.message).toBe(kept)
  expect(cause.stack).toBe(kept === message ? stack : `Error: ${kept}`)
})

test('of an outage, a message without end is left out unread', () => {
  const error = driver({ code: '08006' }, "'bob'@'".repeat(100_000))
  const { message } = toStoreError(POSTGRES, error).cause as Error
  expect(message).toBe('the message of the driver is left out: it is too long to be searched for the user')
})
