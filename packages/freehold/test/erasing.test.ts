import { describe, expect, it } from 'vitest'
import { fileKeys, personal, type SealedAudit, withSealing } from '../src/index.js'
import { memoryKeys } from './support/memory-keys.js'
import { type Sealed, withSealed } from './support/sealed.js'

const entry = { actor: 'ada', action: 'mail.sent' }
const BY = { by: 'dpo', reason: 'asked for it' }
const HELD = { by: 'legal', reason: 'case 12' }

const mail = (audit: SealedAudit, id: string, subject: string, stream?: string) =>
  audit.append([
    { ...entry, id, ...(stream === undefined ? {} : { stream }), data: { to: personal(subject, `to ${subject}`) } },
  ])
const toOf = async (audit: SealedAudit, id: string) => (await audit.get(id))!.data!.to

const STORES = [
  ['files', fileKeys],
  ['a store of its own', memoryKeys],
] as const

describe.each(STORES)('erasing a subject, with keys in %s', (_name, keysAt) => {
  const withKeys = (act: (sealed: Sealed) => Promise<void>) => withSealed(act, keysAt)

  it('leaves the chain whole, the values of others open, and its own erased', () =>
    withKeys(async ({ storage, audit }) => {
      await mail(audit, 'm', 'maria')
      await mail(audit, 'o', 'otto')
      const checkpoint = await audit.checkpoint()
      const erasure = await audit.eraseSubject('maria', BY)
      const erased = { $erased: { subject: 'maria', at: erasure.at } }
      expect([await toOf(audit, 'm'), await toOf(audit, 'o')]).toEqual([erased, 'to otto'])
      expect(await storage.audit.verify('main', { checkpoints: [checkpoint] })).toMatchObject({
        status: 'ok',
        entries: 3,
      })
    }))

  it('appends an entry that says so', () =>
    withKeys(async ({ audit }) => {
      await mail(audit, 'm', 'maria')
      const { id, at, keyId } = (await audit.eraseSubject('maria', { ...BY, stream: 'privacy' })) as never as Record<
        string,
        unknown
      >
      expect((await audit.read({ stream: 'privacy' })).items).toMatchObject([
        {
          id,
          time: at,
          actor: 'dpo',
          action: 'subject.erased',
          target: 'maria',
          reason: 'asked for it',
          data: { keyId },
        },
      ])
    }))

  it('is one erasure, however often it is asked for', () =>
    withKeys(async ({ audit }) => {
      await mail(audit, 'm', 'maria')
      const all = [audit.eraseSubject('maria', BY), audit.eraseSubject('maria', { by: 'other' })]
      const [first, second] = await Promise.all(all)
      expect([second, await audit.eraseSubject('maria', { by: 'third' })]).toEqual([first, first])
      expect((await audit.read({ action: 'subject.erased' })).items).toHaveLength(1)
    }))

  it('is for ever: nothing more of the subject can be sealed', () =>
    withKeys(async ({ storage, audit }) => {
      await mail(audit, 'm', 'maria')
      await audit.eraseSubject('maria', BY)
      await expect(mail(audit, 'n', 'maria')).rejects.toMatchObject({
        code: 'conflict',
        retryable: false,
        message: expect.stringMatching(/^the subject was erased on \d{4}-/),
      })
      expect(await storage.audit.get('n')).toBeNull()
    }))

  it('of one tenant leaves the same subject of another', () =>
    withKeys(async ({ storage, audit, keys }) => {
      const acme = withSealing(storage.tenant('acme'), { keys })
      await mail(audit, 'm', 'maria')
      await mail(acme, 'm', 'maria')
      await audit.eraseSubject('maria', BY)
      expect(await toOf(acme, 'm')).toBe('to maria')
    }))

  it('of whom nothing was sealed is not found', () =>
    withKeys(async ({ audit }) => {
      await expect(audit.eraseSubject('maria', BY)).rejects.toMatchObject({ code: 'not_found' })
    }))

  it.each<[string, string, object]>([
    ['subject', '', BY],
    ['by', 'maria', { reason: 'why' }],
    ['since', 'maria', { ...BY, since: 1 }],
    ['stream', 'maria', { ...BY, stream: '' }],
  ])('without a right %s is refused', (field, subject, options) =>
    withKeys(async ({ audit }) => {
      const refused = { code: 'invalid', problems: [{ field }] }
      await expect(audit.eraseSubject(subject, options as never)).rejects.toMatchObject(refused)
    }),
  )

  it('is finished by whoever comes when the audit was away', () =>
    withKeys(async ({ storage, audit, keys }) => {
      await mail(audit, 'm', 'maria')
      const away = { ...storage.audit, append: () => Promise.reject(new Error('away')) }
      const failing = withSealing({ tenantId: 'default', audit: Object.setPrototypeOf(away, storage.audit) }, { keys })
      await expect(failing.eraseSubject('maria', BY)).rejects.toThrow('away')
      expect(await toOf(audit, 'm')).toMatchObject({ $erased: { subject: 'maria' } })
      expect((await audit.read({ action: 'subject.erased' })).items).toEqual([])
      const finished = await audit.finishErasures()
      expect(finished).toMatchObject([{ subject: 'maria', by: 'dpo' }])
      expect((await audit.read({ action: 'subject.erased' })).items).toMatchObject([{ id: finished[0]!.id }])
      expect(await audit.finishErasures()).toEqual([])
    }))
})

describe.each(STORES)('a hold, with keys in %s', (_name, keysAt) => {
  const withKeys = (act: (sealed: Sealed) => Promise<void>) => withSealed(act, keysAt)

  it.each([
    ['subject', { subject: 'maria' }, 'the hold case-12 is on the subject: nothing was erased; release it first'],
    [
      'stream',
      { stream: 'claims' },
      'the hold case-12 is on a stream with something of the subject: nothing was erased; release it first',
    ],
  ] as const)('on a %s wins, and says so', (_on, aim, message) =>
    withKeys(async ({ audit }) => {
      await mail(audit, 'm', 'maria', 'claims')
      await mail(audit, 'o', 'otto')
      await audit.hold({ id: 'case-12', ...HELD, ...aim })
      await expect(audit.eraseSubject('maria', BY)).rejects.toMatchObject({ code: 'conflict', message })
      expect(await toOf(audit, 'm')).toBe('to maria')
      await audit.eraseSubject('otto', BY)
      await audit.release('case-12', { by: 'legal', reason: 'closed' })
      await audit.eraseSubject('maria', BY)
      expect(await toOf(audit, 'm')).toMatchObject({ $erased: {} })
    }),
  )

  it('is told in the audit, and so is its end, once', () =>
    withKeys(async ({ audit }) => {
      const hold = { id: 'case-12', ...HELD, subject: 'maria' } as const
      expect([await audit.hold(hold), await audit.holds()]).toMatchObject([hold2(hold), [hold2(hold)]])
      await audit.hold(hold)
      for (const by of ['legal', 'other']) await audit.release('case-12', { by, reason: 'closed' })
      expect(await audit.holds()).toEqual([])
      expect((await audit.read({ stream: 'main' })).items).toMatchObject([
        { actor: 'legal', action: 'hold.released', target: 'case-12', reason: 'closed' },
        {
          actor: 'legal',
          action: 'hold.placed',
          target: 'maria',
          reason: 'case 12',
          data: { hold: 'case-12', on: 'subject' },
        },
      ])
    }))

  it('comes too late for who was erased', () =>
    withKeys(async ({ audit }) => {
      await mail(audit, 'm', 'maria')
      await audit.eraseSubject('maria', BY)
      await expect(audit.hold({ ...HELD, subject: 'maria' })).rejects.toMatchObject({ code: 'conflict' })
    }))

  it('has an id of its own', () =>
    withKeys(async ({ audit }) => {
      await audit.hold({ id: 'h', ...HELD, subject: 'maria' })
      await expect(audit.hold({ id: 'h', ...HELD, subject: 'otto' })).rejects.toMatchObject({ code: 'conflict' })
      await audit.release('h', { by: 'legal', reason: 'closed' })
      await expect(audit.hold({ id: 'h', ...HELD, subject: 'maria' })).rejects.toMatchObject({ code: 'conflict' })
      await expect(audit.release('g', { by: 'legal', reason: 'closed' })).rejects.toMatchObject({ code: 'not_found' })
    }))

  it.each([
    ['both', { subject: 'maria', stream: 'main' }],
    ['neither', {}],
  ])('on %s of a subject and a stream is refused', (_what, aim) =>
    withKeys(async ({ audit }) => {
      await expect(audit.hold({ ...HELD, ...aim } as never)).rejects.toMatchObject({ problems: [{ field: 'subject' }] })
    }),
  )

  it('of one tenant holds nobody of another', () =>
    withKeys(async ({ storage, audit, keys }) => {
      const acme = withSealing(storage.tenant('acme'), { keys })
      await mail(acme, 'm', 'maria')
      await audit.hold({ ...HELD, subject: 'maria' })
      expect(await acme.holds()).toEqual([])
      await acme.eraseSubject('maria', BY)
    }))
})

const hold2 = ({ id, subject }: { id: string; subject: string }) => ({ id, on: 'subject', of: subject, ...HELD })
