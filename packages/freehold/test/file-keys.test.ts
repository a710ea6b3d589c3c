import fs, { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { sha256 } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { type ErasureRequest, fileKeys, type Hold, type KeyStore } from '../src/index.js'
import { Ledger } from '../src/sealing/file-keys/ledger.js'
import { withSealed } from './support/sealed.js'

const MARIA = { tenant: 'default', subject: 'maria' }
const ERASURE: ErasureRequest = { ...MARIA, id: 'e', stream: 'main', at: 1, by: 'dpo' }
const HOLD: Hold = { id: 'h', tenant: 'default', on: 'stream', of: 'claims', at: 1, by: 'legal', reason: 'case 12' }

const ledgerIn = (directory: string) => new Ledger(join(directory, 'ledger'))

/** What somebody leaves who is about to seal in a stream, and has not looked yet whether the subject was erased. */
const useStream = (directory: string, stream: string) =>
  writeFile(join(directory, 'streams', `${sha256(JSON.stringify(['default', 'maria']))}.${sha256(stream)}`), '')

async function begun(keys: KeyStore, directory: string): Promise<void> {
  const { keyId } = await keys.create(MARIA, 'main')
  await keys.hold(HOLD)
  await ledgerIn(directory).add(({ count }) =>
    count === 1 ? { kind: 'erase', erasure: { ...ERASURE, keyId } } : undefined,
  )
}

/** Does something once, when a file in this folder is about to get its name. */
function beforeLink(folder: string, act: () => Promise<unknown>): () => void {
  const { link } = fs
  const undo = () => {
    fs.link = link
    syncBuiltinESMExports()
  }
  fs.link = async (from, to) => {
    if (!String(to).includes(`/${folder}/`)) return link(from, to)
    undo()
    await act()
    return link(from, to)
  }
  syncBuiltinESMExports()
  return undo
}

describe('keys in files', () => {
  it('give an erasure up for a hold on a stream that somebody came to use meanwhile', () =>
    withSealed(async ({ keys, keysIn }) => {
      await begun(keys, keysIn)
      await useStream(keysIn, 'claims')
      await expect(keys.destroy(ERASURE)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('h'),
      })
      expect(await keys.get(MARIA)).toEqual(await keys.create(MARIA, 'main'))
      expect(await keys.unconfirmed('default')).toEqual([])
    }))

  it('finish an erasure that was allowed, whatever comes later', () =>
    withSealed(async ({ keys, keysIn }) => {
      await begun(keys, keysIn)
      await ledgerIn(keysIn).add(({ count }) =>
        count === 2 ? { kind: 'allow', tenant: 'default', id: 'e' } : undefined,
      )
      await useStream(keysIn, 'claims')
      await keys.hold({ ...HOLD, id: 'i', of: 'main' })
      expect(await keys.destroy({ ...ERASURE, id: 'f' })).toMatchObject({ id: 'e' })
      expect(await readdir(join(keysIn, 'keys'))).toEqual([])
    }))

  it('finish an erasure that was begun before a hold came', () =>
    withSealed(async ({ keys, keysIn }) => {
      await begun(keys, keysIn)
      await keys.hold({ ...HOLD, id: 'i', of: 'main' })
      expect(await keys.destroy({ ...ERASURE, id: 'f' })).toMatchObject({ id: 'e' })
    }))

  it('are not given for a stream that is held and destroyed, both', () =>
    withSealed(async ({ keysIn }) => {
      const [erasing, sealing] = [fileKeys(keysIn), fileKeys(keysIn)]
      await erasing.hold(HOLD)
      for (let n = 0; n < 30; n++) {
        const subject = { tenant: 'default', subject: `s${n}` }
        await erasing.create(subject, 'main')
        const [erased, given] = await Promise.allSettled([
          erasing.destroy({ ...ERASURE, ...subject, id: `e${n}` }),
          sealing.create(subject, 'claims'),
        ])
        expect([erased.status, given.status]).toContain('rejected')
      }
    }))

  it('are not given to who asked before the subject was erased and comes after', () =>
    withSealed(async ({ keysIn }) => {
      const [erasing, sealing] = [fileKeys(keysIn), fileKeys(keysIn)]
      await erasing.create(MARIA, 'main')
      const undo = beforeLink('streams', () => erasing.destroy(ERASURE))
      await expect(sealing.create(MARIA, 'claims').finally(undo)).rejects.toMatchObject({ code: 'conflict' })
      expect(await readdir(join(keysIn, 'keys'))).toEqual([])
    }))

  it('give no key of an erasure that was only begun', () =>
    withSealed(async ({ keys, keysIn }) => {
      await begun(keys, keysIn)
      expect(await fileKeys(keysIn).get(MARIA)).toMatchObject({ id: 'e' })
      await expect(fileKeys(keysIn).create(MARIA, 'main')).rejects.toMatchObject({ code: 'conflict' })
    }))

  it('remove a key that came to be after the subject was erased', () =>
    withSealed(async ({ keys, keysIn }) => {
      await keys.create(MARIA, 'main')
      await keys.destroy(ERASURE)
      await writeFile(join(keysIn, 'keys', sha256(JSON.stringify(['default', 'maria']))), '{}')
      expect(await keys.get(MARIA)).toMatchObject({ id: 'e' })
      await keys.destroy(ERASURE)
      expect(await readdir(join(keysIn, 'keys'))).toEqual([])
    }))

  it('that are destroyed are in no file, nor is a copy', () =>
    withSealed(async ({ keys, keysIn }) => {
      const { key } = await keys.create(MARIA, 'main')
      const texts = async () => {
        const files = await readdir(keysIn, { recursive: true, withFileTypes: true })
        const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name))
        return Promise.all(paths.map((path) => readFile(path, 'latin1')))
      }
      const text = Buffer.from(key).toString('base64')
      const before = (await texts()).filter((each) => each.includes(text))
      await keys.destroy(ERASURE)
      expect([before.length, (await texts()).filter((each) => each.includes(text))]).toEqual([1, []])
    }))

  it('are for their owner alone, under names that tell nothing', () =>
    withSealed(async ({ keys, keysIn }) => {
      await keys.create(MARIA, 'claims')
      const files = await readdir(keysIn, { recursive: true })
      expect(files.filter((file) => /maria|claims|default/.test(file))).toEqual([])
      const modes = await Promise.all(files.map(async (file) => (await stat(join(keysIn, file))).mode & 0o077))
      expect(modes.filter((mode) => mode !== 0)).toEqual([])
    }))

  it('confirm an erasure once', () =>
    withSealed(async ({ keys, keysIn }) => {
      await keys.create(MARIA, 'main')
      const recorded = await keys.destroy(ERASURE)
      for (const each of [keys, fileKeys(keysIn)]) await each.confirm(recorded)
      expect(await keys.unconfirmed('default')).toEqual([])
      expect(await readdir(join(keysIn, 'ledger'))).toHaveLength(3)
    }))

  it.each(['subject', 'stream'] as const)('are destroyed, or held by a hold on the %s that comes at once', (on) =>
    withSealed(async ({ keysIn }) => {
      const [erasing, holding] = [fileKeys(keysIn), fileKeys(keysIn)]
      for (let n = 0; n < 12; n++) {
        const subject = { tenant: 'default', subject: `s${n}` }
        const { keyId } = await erasing.create(subject, `c${n}`)
        const of = on === 'subject' ? `s${n}` : `c${n}`
        const [erased, held] = await Promise.allSettled([
          erasing.destroy({ ...ERASURE, ...subject, id: `e${n}` }),
          holding.hold({ ...HOLD, on, of, id: `h${n}` }),
        ])
        const found = await fileKeys(keysIn).get(subject)
        expect(found).toMatchObject(erased.status === 'fulfilled' ? { id: `e${n}` } : { keyId, key: expect.anything() })
        // Who was refused was refused for the other. A stream may be held after one of its subjects was erased.
        if (erased.status === 'rejected') expect([erased.reason.code, held.status]).toEqual(['conflict', 'fulfilled'])
        if (on === 'subject') expect(held.status).not.toBe(erased.status)
      }
    }),
  )

  it('are one ledger for many who write it at once', () =>
    withSealed(async ({ keysIn }) => {
      const stores = Array.from({ length: 4 }, () => fileKeys(keysIn))
      const ids = Array.from({ length: 20 }, (_, n) => `h${n}`)
      await Promise.all(ids.map((id, n) => stores[n % 4]!.hold({ ...HOLD, id })))
      for (const store of stores)
        expect((await store.holds('default')).map(({ id }) => id).sort()).toEqual(ids.toSorted())
    }))
})
