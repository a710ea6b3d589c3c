import {
  type AuditEntry,
  type AuditInput,
  acceptEntries,
  Fields,
  type Json,
  type JsonObject,
  newId,
  type Problem,
  type Shape,
  StoreError,
  shownName,
} from '@freehold/contract'
import { type SealedPlace, sealValue } from './cipher.js'
import type { KeyStore } from './key-store.js'
import { KEPT_NAMES, PersonalValue, type SealedValue } from './personal.js'
import { type Path, pointerOf, rewrite } from './rewrite.js'

/** An entry with the plain values where marks were, and whose they are, by their pointer in its data. */
interface Unmarked {
  entry: AuditInput
  subjects: ReadonlyMap<string, string>
  problems: readonly Problem[]
}

/** What was sealed, by its bytes: for the validator of a shape, which asks for what is behind them. */
export type Behind = Map<string, Json>

/** Looks for marks, before anything else happens: what a caller changes afterwards is not seen. Undefined where there is none. */
export function unmarkedEntries(inputs: readonly AuditInput[]): readonly Unmarked[] | undefined {
  // What is no list is refused by the store.
  if (!Array.isArray(inputs)) return undefined
  const unmarked = inputs.map(unmark)
  return unmarked.some(({ subjects, problems }) => subjects.size > 0 || problems.length > 0) ? unmarked : undefined
}

/**
 * The entries as they are to be appended, after they were checked whole, as every store checks them, with the plain values in
 * their places.
 *
 * @throws StoreError `invalid`, with all that is wrong with the entries
 * @throws StoreError `conflict` when a subject was erased
 */
export async function sealedEntries(
  keys: KeyStore,
  tenant: string,
  unmarked: readonly Unmarked[],
  shapes: ReadonlyMap<string, Shape>,
  behind: Behind,
): Promise<AuditInput[]> {
  const plain = unmarked.map(({ entry }) => entry)
  const problems = unmarked.flatMap((each) => each.problems)
  const accepted = await acceptedWith(problems, plain, shapes)
  const entries: AuditInput[] = []
  for (const [index, { timeGiven, time, ...entry }] of accepted.entries()) {
    const { subjects } = unmarked[index]!
    const data = subjects.size === 0 ? {} : { data: await sealedData(keys, tenant, entry, subjects, behind) }
    entries.push({ ...entry, ...(timeGiven ? { time } : {}), ...data })
  }
  return entries
}

/** @throws StoreError `invalid`, with these problems and those of the entries */
async function acceptedWith(
  problems: readonly Problem[],
  entries: readonly AuditInput[],
  shapes: ReadonlyMap<string, Shape>,
): ReturnType<typeof acceptEntries> {
  try {
    const accepted = await acceptEntries(entries, shapes, Date.now())
    if (problems.length === 0) return accepted
  } catch (error) {
    if (!StoreError.is(error, 'invalid') || problems.length === 0) throw error
    throw StoreError.invalid('audit', [...problems, ...error.problems])
  }
  throw StoreError.invalid('audit', problems)
}

function unmark(input: AuditInput, index: number): Unmarked {
  const subjects = new Map<string, string>()
  const problems: Problem[] = []
  const at = (path: Path) => ['data', ...path.map((step) => shownName(String(step)))].join('.')
  const prefix = `entries[${index}]`
  try {
    const data = rewrite(input.data, (value, path) => {
      const last = path.at(-1)
      if (typeof last === 'string' && KEPT_NAMES.includes(last))
        problems.push({
          field: `${prefix}.${at(path)}`,
          message: 'is a name that sealing keeps for itself; give another',
        })
      if (!PersonalValue.is(value)) return undefined
      const { subject, value: plain } = PersonalValue.open(value)
      const fields = new Fields('personal value', { [at(path)]: subject }, [at(path)], 'strict', prefix)
      fields.required(at(path), fields.id(at(path)), 'name its subject')
      problems.push(
        ...fields.problems.map((problem) => ({ ...problem, message: `names a subject that ${problem.message}` })),
      )
      subjects.set(pointerOf(path), subject)
      return { value: plain }
    }) as JsonObject
    return subjects.size === 0
      ? { entry: input, subjects, problems }
      : { entry: { ...input, id: input.id === undefined ? newId() : input.id, data }, subjects, problems }
  } catch {
    // What cannot be read is refused by the store, by its path.
    return { entry: input, subjects: new Map(), problems }
  }
}

async function sealedData(
  keys: KeyStore,
  tenant: string,
  { id, stream, data }: Pick<AuditEntry, 'id' | 'stream' | 'data'>,
  subjects: ReadonlyMap<string, string>,
  behind: Behind,
): Promise<JsonObject> {
  const ready = new Map<string, Awaited<ReturnType<KeyStore['create']>>>()
  for (const subject of new Set(subjects.values())) ready.set(subject, await keys.create({ tenant, subject }, stream))
  return rewrite(data, (value, path) => {
    const pointer = pointerOf(path)
    const subject = subjects.get(pointer)
    if (subject === undefined) return undefined
    const place: SealedPlace = { tenant, entry: id, subject, path: pointer }
    const sealed = sealValue(ready.get(subject)!, place, value as Json)
    behind.set(bytesOf(sealed), value as Json)
    return { value: sealed }
  }) as JsonObject
}

export function bytesOf({ $sealed: { iv, tag, ct } }: SealedValue): string {
  return `${iv}.${tag}.${ct}`
}
