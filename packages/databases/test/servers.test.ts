import { describe, expect, it, onTestFinished } from 'vitest'
import { ENGINES, urlOf } from '../src/engines.js'
import { startServer } from '../src/start.js'
import { notesIn, reasonToSkip } from './notes.js'

describe('a private server', () => {
  for (const engine of ENGINES) {
    it.skipIf(reasonToSkip(engine))(`keeps what was committed over a stop: ${engine}`, async () => {
      const server = await disposed(await startServer(engine))
      await notesIn(engine, server.url).write('before')
      await server.stop()
      await server.start()
      expect(await notesIn(engine, server.url).read()).toEqual(['before'])
    })

    it.skipIf(reasonToSkip(engine))(`keeps what was committed over a kill: ${engine}`, async () => {
      const server = await disposed(await startServer(engine))
      for (const note of ['1', '2', '3']) await notesIn(engine, server.url).write(note)
      await server.kill()
      await server.start()
      expect(await notesIn(engine, server.url).read()).toEqual(['1', '2', '3'])
    })

    it.skipIf(reasonToSkip(engine))(`does not answer while it is stopped: ${engine}`, async () => {
      const server = await disposed(await startServer(engine))
      await server.stop()
      await expect(notesIn(engine, server.url).read()).rejects.toThrow()
    })

    it.skipIf(reasonToSkip(engine))(`is not the server of the run: ${engine}`, async () => {
      const server = await disposed(await startServer(engine))
      expect(server.url).not.toBe(urlOf(engine))
    })
  }

  it.skipIf(reasonToSkip('postgres'))('takes no calls once it is disposed of', async () => {
    const server = await startServer('postgres')
    await server.dispose()
    await expect(server.start()).rejects.toThrow('was disposed of; start another with startServer')
  })

  it.skipIf(reasonToSkip('postgres'))('refuses a wrong password where it asks for one', async () => {
    const server = await disposed(await startServer('postgres'))
    const as = (password: string) => server.url.replace('postgres@', `app:${password}@`)
    await expect(notesIn('postgres', as('wrong')).read()).rejects.toMatchObject({ code: '28P01' })
    await notesIn('postgres', as('pw')).ping()
  })
})

describe('the durable profile', () => {
  const SAFE: Record<string, Record<string, string>> = {
    postgres: { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
    postgres15: { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
    mysql: { innodb_flush_log_at_trx_commit: '1', innodb_doublewrite: 'ON' },
    mariadb: { innodb_flush_log_at_trx_commit: '1', innodb_doublewrite: 'ON' },
  }
  for (const engine of ENGINES.filter((each) => each in SAFE))
    it.skipIf(reasonToSkip(engine))(`waits for the disk: ${engine}`, async () => {
      const server = await disposed(await startServer(engine, { profile: 'durable' }))
      expect(server.settings).toMatchObject(SAFE[engine]!)
    })
})

/** The server, which is gone after the test. */
async function disposed<T extends { dispose(): Promise<void> }>(server: T): Promise<T> {
  onTestFinished(() => server.dispose())
  return server
}
