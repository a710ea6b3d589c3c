import { expect, test, vi } from 'vitest'
import { type TlsNames, tlsOf } from '../src/dialects/tls.js'

const failure = vi.hoisted(() => ({ code: '' }))
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  readFileSync(path: string) {
    throw Object.assign(new Error(`${failure.code}: open '${path}'`), { code: failure.code, syscall: 'open' })
  },
}))

const NAMES: TlsNames = { ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey', full: 'sslmode=verify-full' }

function problemsOf(code: string): string[] {
  failure.code = code
  const problems: string[] = []
  tlsOf({ mode: 'verify-full', ca: '/ca.pem' }, NAMES, problems)
  return problems
}

test.each(['EMFILE', 'ENFILE'])('a machine that can open no file now has no wrong URL: %s', (code) => {
  expect(() => problemsOf(code)).toThrow(
    expect.objectContaining({
      code: 'unavailable',
      retryable: true,
      message: expect.stringMatching(
        /^sslrootcert cannot be read \(\w+\): this machine has no file handle .* then try again$/,
      ),
    }),
  )
})

test.each(['ENOENT', 'EACCES', 'EIO'])('a file that cannot be read is a problem of the URL: %s', (code) => {
  expect(problemsOf(code)).toEqual([expect.stringContaining(`cannot be read (${code}); correct its path`)])
})
