import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BACKENDS, loadBackend } from '../src/backends.js'
import { withConfigFile } from './support/config-file.js'
import { errorOf } from './support/problems.js'

describe('a backend is loaded', () => {
  it('when its driver can be found from where the backend is', async () => {
    // Of these two only the backend has knex: an application need not.
    expect(await loadBackend('@freehold/sql', 'knex')).toHaveProperty('connect')
  })

  it('or refused with the command that installs its driver', async () => {
    const error = await errorOf(loadBackend('@freehold/sql', 'no-such-driver'))
    expect([error.code, error.message]).toEqual([
      'unsupported',
      'needs the package no-such-driver, which is not installed; run npm install no-such-driver',
    ])
  })

  it('or refused with the command that installs both', async () => {
    expect((await errorOf(loadBackend('@freehold/none', 'its-driver'))).message).toContain(
      'npm install @freehold/none its-driver',
    )
  })

  it('and what is there but cannot be resolved is not called missing', async () => {
    expect(await errorOf(loadBackend('vitest/no-such-entry', 'x'))).toMatchObject({
      code: 'internal',
      message: 'the package vitest/no-such-entry does not load; see the cause, or install it anew',
      cause: { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' },
    })
  })

  it('and one that is there but does not load is told with its name and the cause', () =>
    withConfigFile('broken.mjs', "throw new RangeError('it is broken')", async (directory) => {
      const module = join(directory, 'broken.mjs')
      const { code, message, cause } = await errorOf(loadBackend(module, 'node:fs'))
      expect([code, message, String(cause)]).toEqual([
        'internal',
        `the package ${module} does not load; see the cause, or install it anew`,
        'RangeError: it is broken',
      ])
    }))

  for (const scheme of Object.keys(BACKENDS))
    it(`for ${scheme}: as one that can be opened and told apart`, async () => {
      expect(await BACKENDS[scheme]!()).toMatchObject({
        connect: expect.any(Function),
        auditRights: expect.any(Function),
        identityOf: expect.any(Function),
      })
    })
})
