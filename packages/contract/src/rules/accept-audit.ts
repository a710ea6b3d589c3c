import { type AuditEntry, type AuditInput, DEFAULT_STREAM, type Shape } from '../audit.js'
import { StoreError } from '../errors.js'
import { newId } from '../ids.js'
import type { Timestamp } from '../time.js'
import { canonicalJson } from './canonical.js'
import { compact, Fields } from './fields.js'
import { readItems } from './fields-source.js'
import { JsonBudget } from './json-budget.js'
import { MAX_RECORD } from './sizes.js'
import { unfitData } from './unfit-data.js'

const ENTRY_FIELDS = [
  'id',
  'stream',
  'time',
  'actor',
  'action',
  'target',
  'outcome',
  'reason',
  'shape',
  'data',
  'traceId',
  'runId',
  'sessionId',
  'approvalId',
]
/** Most entries of one append. */
const MAX_ENTRIES = 1000
/** Most bytes of the JSON text of one entry's data. */
const MAX_DATA = 4_194_304
/** Most bytes of the data of all entries of one append. */
const MAX_APPEND = 8_388_608

/** An entry that was checked, before it has a place in its chain. */
export type AcceptedEntry = Omit<AuditEntry, 'seq' | 'previousHash' | 'hash'> & { timeGiven: boolean }

/**
 * Checks a batch: all entries, or none.
 * @throws StoreError `invalid`, with every problem by its place in the batch
 */
export async function acceptEntries(
  inputs: readonly AuditInput[],
  shapes: ReadonlyMap<string, Shape>,
  now: Timestamp,
): Promise<AcceptedEntry[]> {
  const call = new Fields('audit', {}, [])
  const items = readItems(inputs, MAX_ENTRIES, 'entries')
  if (typeof items === 'string') call.problem('entries', items)
  const read = readAll(call, typeof items === 'string' ? [] : items, now)
  await Promise.all(read.map(({ fields, entry }) => checkShape(fields, entry, shapes)))
  for (const { fields } of read) call.take(fields)
  call.done()
  return read.map(({ entry }) => entry)
}

interface Read {
  fields: Fields
  entry: AcceptedEntry
}

/** Reads no further once the entries are too large together: few objects, shared by many entries, are copied for each. */
function readAll(call: Fields, items: readonly unknown[], now: Timestamp): Read[] {
  const read: Read[] = []
  const budget = new JsonBudget()
  let data = 0
  let whole = 0
  for (const [index, item] of items.entries()) {
    const fields = new Fields('audit entry', item, ENTRY_FIELDS, 'exact', `entries[${index}]`)
    fields.budget = budget
    const entry = readEntry(fields, now)
    read.push({ fields, entry })
    data += fields.bytes
    whole += fields.bytes + Buffer.byteLength(JSON.stringify({ ...entry, data: undefined }))
    const [most, what] = data > MAX_APPEND ? [MAX_APPEND, 'data'] : [MAX_RECORD, 'JSON']
    if (data <= MAX_APPEND && whole <= MAX_RECORD) continue
    // Where an entry is wrong by itself, that is what is to be mended.
    if (read.every((one) => one.fields.problems.length === 0))
      call.problem('entries', `have more than ${most} bytes of ${what}; append fewer at a time`)
    break
  }
  return read
}

/** @throws StoreError `invalid` */
export function acceptStream(stream: string | undefined): string {
  const fields = new Fields('audit', { stream }, ['stream'])
  const name = fields.id('stream') ?? DEFAULT_STREAM
  fields.done()
  return name
}

/**
 * What an append gets whose id is there already.
 * @throws StoreError `conflict` when the two are different entries.
 */
export function sameEntry(wanted: AcceptedEntry, stored: AuditEntry): AuditEntry {
  const { timeGiven, ...entry } = wanted
  const { seq: _, previousHash: __, hash: ___, ...kept } = stored
  const told = timeGiven ? entry : { ...entry, time: kept.time }
  if (canonicalJson(told as never) === canonicalJson(kept as never)) return stored
  throw new StoreError('conflict', 'the id of an audit entry is taken by a different entry; give each its own id')
}

function readEntry(fields: Fields, now: Timestamp): AcceptedEntry {
  const time = fields.time('time')
  const entry = compact({
    id: fields.id('id') ?? newId(),
    stream: fields.id('stream') ?? DEFAULT_STREAM,
    time: time ?? now,
    actor: fields.required('actor', fields.name('actor'), 'say who did it'),
    action: fields.required('action', fields.name('action'), 'say what was done'),
    target: fields.name('target'),
    outcome: fields.name('outcome'),
    reason: fields.text('reason'),
    shape: fields.name('shape'),
    data: fields.object('data'),
    traceId: fields.id('traceId'),
    runId: fields.id('runId'),
    sessionId: fields.id('sessionId'),
    approvalId: fields.id('approvalId'),
  })
  if (fields.bytes > MAX_DATA)
    fields.problem(
      'data',
      `has ${fields.bytes} bytes; at most ${MAX_DATA} are kept, store it elsewhere and refer to it`,
    )
  return { ...entry, timeGiven: time !== undefined }
}

async function checkShape(
  fields: Fields,
  { shape: name, data }: AcceptedEntry,
  shapes: ReadonlyMap<string, Shape>,
): Promise<void> {
  if (name === undefined) return
  const shape = shapes.get(name)
  if (shape === undefined) {
    const known = [...shapes.keys()].join(', ') || 'none yet'
    fields.problem('shape', `was not defined; call audit.define first (defined: ${known})`)
    return
  }
  // A validator may change what it is given, and its own message may quote it: it sees a copy, and only paths are passed on.
  try {
    const result = await shape.schema['~standard'].validate(structuredClone(data))
    for (const issue of result.issues ?? []) {
      if (fields.isFull) return
      const { field, message } = unfitData(shape, data, issue.path)
      fields.problem(field, message)
    }
  } catch {
    fields.problem('shape', `has a validator that fails; mend the schema of ${name}`)
  }
}
