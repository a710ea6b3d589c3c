import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ENGINES, urlOf } from '@freehold/databases/engines'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineShape, fileKeys, personal, type Storage, withSealing, withShapes } from '../src/index.js'
import { afterwards, onServer, onSqlite } from './support/storages.js'

const shape = defineShape(
  'mail',
  z.object({ to: z.string(), count: z.int(), lines: z.array(z.object({ of: z.string() })) }),
)

async function sealedOn({ storage }: { storage: Storage }) {
  const directory = await mkdtemp(join(tmpdir(), 'freehold-'))
  afterwards(() => rm(directory, { recursive: true }))
  return { storage, audit: await withShapes(withSealing(storage, { keys: fileKeys(directory) }), [shape]) }
}

describe.each([
  ['sqlite', false, onSqlite] as const,
  ...ENGINES.map((engine) => [engine, urlOf(engine) === undefined, () => onServer(engine)] as const),
])('a personal value on %s', (_engine, isMissing, open) => {
  it.skipIf(isMissing)(
    'is read open, is one entry however often it is appended, and is erased in a whole chain',
    async () => {
      const { storage, audit } = await sealedOn(await open())
      const data = () => ({
        to: personal('maria', 'maria@example.com'),
        count: 1,
        lines: [{ of: personal('otto', 'otto') }],
      })
      const append = () => audit.append([{ id: 'one', actor: 'ada', action: 'mail.sent', shape: 'mail', data: data() }])
      expect(await append()).toEqual(await append())
      expect((await audit.get('one'))!.data).toEqual({ to: 'maria@example.com', count: 1, lines: [{ of: 'otto' }] })
      const { at } = await audit.eraseSubject('maria', { by: 'dpo' })
      const [entry] = (await audit.read({ shape: 'mail' })).items
      expect(entry!.data).toEqual({ to: { $erased: { subject: 'maria', at } }, count: 1, lines: [{ of: 'otto' }] })
      expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 2 })
    },
  )
})
