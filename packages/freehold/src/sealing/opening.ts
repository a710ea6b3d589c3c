import { type AuditEntry, type JsonObject, partsOf } from '@freehold/contract'
import { openValue } from './cipher.js'
import { type Erasure, isErasure, type KeyStore, type SubjectKey } from './key-store.js'
import type { Erased, SealedValue, Unreadable } from './personal.js'
import { pointerOf, rewrite } from './rewrite.js'

type Found = SubjectKey | Erasure | null

/** Keys that are asked for at once. */
const AT_ONCE = 16

/** Entries as they are read: what was sealed is open, or says why not. Keys are asked for anew by each call. */
export async function openedEntries(
  keys: KeyStore,
  tenant: string,
  entries: readonly AuditEntry[],
): Promise<AuditEntry[]> {
  const subjects = new Set<string>()
  for (const { data } of entries)
    rewrite(data, (value) => {
      if (isSealed(value)) subjects.add(value.$sealed.subject)
      return undefined
    })
  if (subjects.size === 0) return [...entries]
  const found = new Map<string, Found>()
  for (const part of partsOf([...subjects], () => 1, AT_ONCE)) {
    const keysOfPart = await Promise.all(part.map((subject) => keys.get({ tenant, subject })))
    for (const [index, subject] of part.entries()) found.set(subject, keysOfPart[index]!)
  }
  return entries.map((entry) => opened(entry, tenant, found))
}

function opened(entry: AuditEntry, tenant: string, found: ReadonlyMap<string, Found>): AuditEntry {
  const data = rewrite(entry.data, (value, path) => {
    if (!isSealed(value)) return undefined
    const { subject } = value.$sealed
    const key = found.get(subject)
    if (key === undefined || key === null) return { value: unreadable(subject, 'no key') }
    if (isErasure(key)) return { value: { $erased: { subject, at: key.at } } satisfies Erased }
    if (key.keyId !== value.$sealed.keyId) return { value: unreadable(subject, 'another key') }
    const place = { tenant, entry: entry.id, subject, path: pointerOf(path) }
    return openValue(key, place, value) ?? { value: unreadable(subject, 'not authentic') }
  })
  return data === entry.data ? entry : { ...entry, data: data as JsonObject }
}

function unreadable(subject: string, because: Unreadable['$unreadable']['because']): Unreadable {
  return { $unreadable: { subject, because } }
}

/** What has the form of a sealed value, whoever wrote it: whether it is one shows when it is opened. */
export function isSealed(value: unknown): value is SealedValue {
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== '$sealed') return false
  const { $sealed: sealed } = value as { $sealed: unknown }
  if (typeof sealed !== 'object' || sealed === null) return false
  const { v, subject, keyId, iv, tag, ct } = sealed as Record<string, unknown>
  return v === 1 && [subject, keyId, iv, tag, ct].every((text) => typeof text === 'string')
}
