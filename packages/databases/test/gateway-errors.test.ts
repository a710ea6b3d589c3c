import { expect, test } from 'vitest'
import { toMongoError } from '../src/gateway/errors.js'

const errorOf = (code: string | undefined, message = 'it failed') => Object.assign(new Error(message), { code })

test.each([
  ['is shut down', errorOf('57P01')],
  ['crashed', errorOf('57P02')],
  ['starts', errorOf('57P03')],
  ['broke the connection', errorOf('08006')],
  ['refuses the connection', errorOf('ECONNREFUSED')],
  ['closed the pipe', errorOf('EPIPE')],
  ['ended the connection without a code', errorOf(undefined, 'Connection terminated unexpectedly')],
])('an engine that %s is told as a server that goes away', (_, error) => {
  expect(toMongoError(error, false)).toMatchObject({ code: 91, codeName: 'ShutdownInProgress' })
})

test('any other error is no reason to look for another server', () => {
  expect(toMongoError(errorOf('XX000'), false).code).toBe(1)
  expect(toMongoError(new TypeError('a mistake of the gateway'), false).code).toBe(1)
})
