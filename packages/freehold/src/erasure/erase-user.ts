import { compact, newId, StoreError, sha256, type TenantStorage } from '@freehold/contract'
import type { Erasure } from '../sealing/key-store.js'
import { RowEraser } from './erase-rows.js'
import { acceptUserErasure, type EraseUserOptions, type UserToErase } from './erase-user-options.js'
import { Holds } from './holds.js'
import { allOf } from './pages.js'
import { Tally, type UserErasure } from './user-erasure.js'

const ENTRIES = 'entries of the audit are never removed'
const SEALED = `${ENTRIES}, and without keys, what is sealed in them stays readable for whoever has the keys`

/**
 * Erases what is a user's in one tenant, in all four domains and whatever databases they are in: their sessions with all runs; the
 * traces and approvals of those, whoever asked for them; the traces and approvals that name the user (`userId` of a trace or span,
 * `requestedBy` of an approval); and, with `keys`, what was sealed of them in the audit. What is pending is cancelled first. The user
 * is looked for nowhere else: not in texts, arguments, attributes or policies, nor as who decided.
 *
 * Entries of the audit stay, and some are added: `user.erasure.begun` once, before anything is removed; `subject.erased` where a key
 * was destroyed; and `user.erased` with what this call removed. It knows no period of retention: what it removes, it removes at any age.
 *
 * Whatever interrupts it, the same call goes on where it was; it tells what it removed itself. What was to be told of an approval, and
 * was not, keeps that approval, and its session, for a later call. Nothing should be written for the user meanwhile: what comes
 * behind the place it has reached is not seen.
 *
 * @throws StoreError `invalid` when the options are wrong, before anything is removed
 * @throws StoreError `conflict` when a hold is on the user, by `userId` or `subject`; the message names it. One that is placed while it
 * works ends it within a second. Holds are asked of the audit, which tells of each, and of the key store
 * @throws what a store throws: what was removed before stays so
 */
export async function eraseUser(
  storage: TenantStorage,
  userId: string,
  options: EraseUserOptions,
): Promise<UserErasure> {
  const user = acceptUserErasure(storage, userId, options)
  const holds = new Holds(storage, user)
  await holds.refuse()
  const at = Date.now()
  const { id, by, reason, stream } = user
  const entry = { stream, actor: by, target: userId, reason }
  const begun = `user.erasure.begun:${sha256(JSON.stringify([id, userId]))}`
  if ((await storage.audit.get(begun)) === null)
    await storage.audit.append([
      compact({ ...entry, id: begun, action: 'user.erasure.begun', data: { erasure: id } }) as never,
    ])
  const tally = new Tally()
  const rows = new RowEraser(storage, user, tally, () => holds.check())
  await rows.sessions()
  await rows.traces()
  await rows.approvals({ requestedBy: userId })
  await holds.refuse()
  const sealed = await eraseSealed(user, tally)
  tally.keepAll('audit', await entriesOf(storage, userId), user.audit === undefined ? SEALED : ENTRIES)
  const { tables, kept } = tally
  const complete = !kept.some(({ retryable }) => retryable)
  const data = {
    erasure: id,
    complete,
    removed: Object.fromEntries(tables.map(({ table, removed }) => [table, removed])),
    kept: Object.fromEntries(tables.map((one) => [one.table, one.kept])),
  }
  await storage.audit.append([compact({ ...entry, id: newId(), action: 'user.erased', data }) as never])
  return compact({ id, userId, by, reason, at, complete, tables, kept, sealed })
}

/** Undefined where nothing was sealed, or a hold on a stream keeps it. */
async function eraseSealed(user: UserToErase, tally: Tally): Promise<Erasure | undefined> {
  const { audit, subject, by, reason, stream } = user
  try {
    return await audit?.eraseSubject(subject, compact({ by, reason, stream }) as never)
  } catch (error) {
    if (StoreError.is(error, 'not_found')) return undefined
    if (!StoreError.is(error, 'conflict')) throw error
    tally.keep('audit', subject, error.message, true)
    return undefined
  }
}

/** How many entries say that the user did something, or that something was done to them. */
async function entriesOf({ audit }: TenantStorage, userId: string): Promise<number> {
  let count = 0
  for await (const _ of allOf((page) => audit.read({ actor: userId }, page), 1_000)) count += 1
  for await (const { actor } of allOf((page) => audit.read({ target: userId }, page), 1_000))
    if (actor !== userId) count += 1
  return count
}
