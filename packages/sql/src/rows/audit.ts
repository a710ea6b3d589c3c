import {
  AUDIT_ENTRY_FIELDS,
  type AuditEntry,
  type AuditHead,
  type Checkpoint,
  isExactJson,
  type Link,
  propertiesAsText,
  propertiesOfText,
  StoreError,
} from '@freehold/contract'
import type { Dialect, Row } from '../dialects/dialect.js'
import { Codec } from './codec.js'

const entries = new Codec(AUDIT_ENTRY_FIELDS)

export const ENTRY_COLUMNS = entries.columns

/** `hashed_text` is the very text that was hashed: no engine's JSON type may touch it. */
export function linkRow(dialect: Dialect, tenant: string, { entry, text }: Link): Row {
  return { tenant, ...entries.toRow(dialect, shallow(dialect, entry)), hashed_text: text }
}

export function entryOf(dialect: Dialect, row: Row): AuditEntry {
  const entry = entries.fromRow(dialect, row)
  if (entry.data === undefined || !Number.isFinite(dialect.jsonLevels)) return entry
  return { ...entry, data: propertiesOfText(entry.data) }
}

/** A property that is nested deeper than the engine reads would hide all others from it: it is stored as a text. */
function shallow({ jsonLevels }: Dialect, entry: AuditEntry): AuditEntry {
  if (entry.data === undefined || !Number.isFinite(jsonLevels)) return entry
  return { ...entry, data: propertiesAsText(entry.data, (value) => !fits(value, jsonLevels - 1)) }
}

function fits(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((child) => fits(child, levels - 1))
}

/** Where other hands left in a column what no store writes there, the entry is told without it, and as altered. */
export function linkOf(dialect: Dialect, row: Row): Link {
  const text = row.hashed_text as string
  if (isAsWritten(dialect, row)) return { entry: entryOf(dialect, row), text }
  return { entry: entryOf(dialect, { ...row, data: null, time: null }), text, altered: true }
}

function isAsWritten(dialect: Dialect, { data, time }: Row): boolean {
  try {
    const at = dialect.fromTime(time)
    if (dialect.timesAreText && dialect.toTime(at) !== time) return false
    return data === null || isExactJson(data as string, dialect.fromJson(data))
  } catch (error) {
    // The second: of what is nested too deep to be looked at.
    if (StoreError.is(error, 'internal') || error instanceof RangeError) return false
    throw error
  }
}

/** A head, and the last checkpoint of its stream. */
interface HeadColumns extends AuditHead {
  checkpointSeq?: number
  checkpointHash?: string
  checkpointAt?: number
}

const heads = new Codec<HeadColumns>({
  stream: 'plain',
  seq: 'integer',
  hash: 'plain',
  checkpointSeq: 'integer',
  checkpointHash: 'plain',
  checkpointAt: 'time',
})

export const HEAD_COLUMNS = heads.columns

export function headRow(dialect: Dialect, tenant: string, head: AuditHead): Row {
  return { tenant, ...heads.toRow(dialect, head) }
}

export function headOf(dialect: Dialect, row: Row): AuditHead {
  const { stream, seq, hash } = heads.fromRow(dialect, { ...row, checkpoint_at: null })
  return { stream, seq, hash }
}

export function checkpointPatch(dialect: Dialect, { seq, hash, at }: Checkpoint): Row {
  return heads.toPatch(dialect, { checkpointSeq: seq, checkpointHash: hash, checkpointAt: at })
}

/** The head that the last checkpoint vouched for. When that was tells nothing of the chain, so it is not read. */
export function vouchedOf(dialect: Dialect, row: Row): Pick<Checkpoint, 'seq' | 'hash'> | undefined {
  const { checkpointSeq, checkpointHash } = heads.fromRow(dialect, { ...row, checkpoint_at: null })
  return checkpointSeq === undefined ? undefined : { seq: checkpointSeq, hash: checkpointHash ?? '' }
}
