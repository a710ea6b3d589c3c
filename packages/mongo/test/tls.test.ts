import { expect, test, vi } from 'vitest'
import { checkFiles } from '../src/tls.js'

const failure = vi.hoisted(() => ({ code: '' }))
vi.mock('node:fs', () => ({
  readFileSync(path: string) {
    if (failure.code === '') return Buffer.from([0x30, 0x82])
    throw Object.assign(new Error(`${failure.code}: open '${path}'`), { code: failure.code, syscall: 'open' })
  },
}))

const checking = (code: string) => () => {
  failure.code = code
  checkFiles(new Map([['tlsCAFile', '/ca.pem']]))
}

test.each(['EMFILE', 'ENFILE'])('a machine that can open no file now has no wrong URL: %s', (code) => {
  expect(checking(code)).toThrow(
    expect.objectContaining({
      code: 'unavailable',
      retryable: true,
      message: expect.stringMatching(
        /^MongoDB \(\w+\): this machine has no file handle .* \(ulimit -n\), then try again$/,
      ),
    }),
  )
})

test.each(['ENOENT', 'EACCES', 'EPERM', 'EIO'])('a file that cannot be read is one: %s', (code) => {
  expect(checking(code)).toThrow(
    expect.objectContaining({
      code: 'invalid',
      problems: [{ field: 'url', message: expect.stringContaining(`cannot be read (${code}); correct its path`) }],
    }),
  )
})

test('a certificate in DER, of which TLS would make nothing, is refused', () => {
  expect(checking('')).toThrow(
    expect.objectContaining({
      code: 'invalid',
      problems: [
        {
          field: 'url',
          message: 'has the option tlsCAFile, whose file is no certificate in PEM; name the one of the CA',
        },
      ],
    }),
  )
})
