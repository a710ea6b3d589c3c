import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { fileKeys, personal, withSealing } from '../src/index.js'
import { databaseIn, keysIn, type Sealed, withSealed } from './support/sealed.js'

const SCRIPT = fileURLToPath(new URL('support/sealing-process.ts', import.meta.url))
const MARIA = 'maria@example.com'
const append = { id: 'one', actor: 'ada', action: 'mail.sent' }
const data = () => ({ to: personal('maria', MARIA) })

function start(act: string, directory: string, last?: number) {
  const args = [act, databaseIn(directory), keysIn(directory), ...(last === undefined ? [] : [String(last)])]
  return fork(SCRIPT, args, { execArgv: ['--import', 'tsx'] })
}

/** Whether the process did all it had to; otherwise it was killed before this step. */
async function done(act: string, directory: string, last: number): Promise<boolean> {
  const [code, signal] = (await once(start(act, directory, last), 'exit')) as [number | null, string | null]
  expect(code ?? signal).toSatisfy((end) => end === 0 || end === 'SIGKILL')
  return code === 0
}

/** Kills a process that does this before its first step, another before its second, and so on until one gets through. */
async function killedAtEveryStep(
  act: string,
  before: (sealed: Sealed) => Promise<unknown>,
  then: (sealed: Sealed) => Promise<void>,
): Promise<number> {
  for (let last = 1; ; last++) {
    const isDone = await withSealed(async (sealed) => {
      await before(sealed)
      const finished = await done(act, sealed.directory, last)
      await then(sealed)
      return finished
    })
    if (isDone) return last - 1
  }
}

/** All that is in the files of the keys. */
async function textsIn(directory: string): Promise<string[]> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true })
  return Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'latin1')),
  )
}

describe('a process that is killed', () => {
  it('while it erases leaves the subject as it was, or erased and to be finished', async () => {
    let key = ''
    const steps = await killedAtEveryStep(
      'erase',
      async ({ audit, keys }) => {
        await audit.append([{ ...append, data: data() }])
        key = Buffer.from((await keys.create({ tenant: 'default', subject: 'maria' }, 'main')).key).toString('base64')
      },
      async ({ storage, keysIn: directory }) => {
        // As a process that starts afterwards.
        const audit = withSealing(storage, { keys: fileKeys(directory) })
        const toldBefore = (await audit.read({ action: 'subject.erased' })).items
        const before = (await audit.get('one'))!.data!.to
        const finished = await audit.finishErasures()
        const after = (await audit.get('one'))!.data!.to
        const told = (await audit.read({ action: 'subject.erased' })).items
        if (before === MARIA) expect([finished, after, told]).toEqual([[], MARIA, []])
        else {
          expect([before, after]).toEqual([after, { $erased: { subject: 'maria', at: expect.any(Number) } }])
          expect(told).toHaveLength(1)
          if (toldBefore.length === 1) expect(told).toEqual(toldBefore)
        }
        const { id } = await audit.eraseSubject('maria', { by: 'other' })
        expect((await audit.read({ action: 'subject.erased' })).items.map((entry) => entry.id)).toEqual([id])
        expect((await audit.get('one'))!.data!.to).toMatchObject({ $erased: { subject: 'maria' } })
        expect((await textsIn(directory)).filter((text) => text.includes(key))).toEqual([])
        expect(await audit.verify()).toMatchObject({ status: 'ok', entries: 2 })
      },
    )
    // Three facts of three steps each, two of the key, and the tombstone.
    expect(steps).toBe(12)
  })

  it('while it seals leaves what the same append completes', async () => {
    const steps = await killedAtEveryStep(
      'seal',
      async () => undefined,
      async ({ storage, keysIn: directory }) => {
        const audit = withSealing(storage, { keys: fileKeys(directory) })
        const [entry] = await audit.append([{ ...append, data: data() }])
        expect(entry!.data).toEqual({ to: MARIA })
        expect(await audit.verify()).toMatchObject({ status: 'ok', entries: 1 })
      },
    )
    expect(steps).toBe(7)
  })
})

describe('processes at once', () => {
  it('that seal and erase one subject leave nothing of it to be read, and one tombstone', () =>
    withSealed(async ({ directory, audit, keysIn: keys }) => {
      const sealing = ['race', 'race'].map((act) => start(act, directory))
      const ends = sealing.map((each) => once(each, 'exit'))
      await Promise.all(sealing.map((each) => Promise.race([once(each, 'message'), ...ends])))
      const other = once(start('erase', directory), 'exit')
      await audit.eraseSubject('maria', { by: 'dpo' })
      expect(await Promise.all([...ends, other])).toEqual([
        [0, null],
        [0, null],
        [0, null],
      ])
      const sealed = (await audit.read({ action: 'mail.sent' }, { limit: 1_000 })).items
      expect(sealed.length).toBeGreaterThanOrEqual(6)
      expect(sealed.filter(({ data }) => typeof data!.to === 'string' || !('$erased' in (data!.to as object)))).toEqual(
        [],
      )
      expect((await audit.read({ action: 'subject.erased' })).items).toHaveLength(1)
      expect(await readdir(join(keys, 'keys'))).toEqual([])
      expect(await audit.verify()).toMatchObject({ status: 'ok', entries: sealed.length + 1 })
    }))

  it('that seal for a new subject have one key', () =>
    withSealed(async ({ keysIn: keys }) => {
      const subject = { tenant: 'default', subject: 'maria' }
      const made = await Promise.all(Array.from({ length: 8 }, () => fileKeys(keys).create(subject, 'main')))
      expect(new Set(made.map(({ keyId, key }) => `${keyId} ${Buffer.from(key).toString('hex')}`)).size).toBe(1)
    }))
})
