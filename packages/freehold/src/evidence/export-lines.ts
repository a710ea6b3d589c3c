import { createHash } from 'node:crypto'
import type { AuditHead, AuditReader, AuditRecord, TenantStorage } from '@freehold/contract'
import { emptyHead } from '@freehold/contract'
import type { EndLine, EntryLine, ExportHeader, HeadLine, SegmentLine, Selection } from './format.js'

/** Whose audit is exported. */
export type Audited = Pick<TenantStorage, 'tenantId'> & { audit: AuditReader }

/** What is exported of one stream: the entries behind `after` up to `end`. */
export interface Part {
  after: number
  /** The last entry, or a head that somebody vouched for. */
  end: AuditHead
  whole: boolean
}

/** What was written. */
export interface Exported {
  entries: number
  segments: number
  /** Of the file. */
  sha256: string
}

/**
 * Of each stream, what lies between the first and the last entry that is meant, read by `read`; of one stream without any other
 * filter, all of it.
 */
export async function partsOfStreams(
  { audit }: Audited,
  selection: Selection,
  signal: AbortSignal | undefined,
): Promise<Part[]> {
  const { stream, ...filters } = selection
  const isWhole = Object.values(filters).every((value) => value === undefined)
  if (stream !== undefined && isWhole) return [{ after: 0, end: await audit.head(stream), whole: true }]
  const found = new Map<string, { first: number; end: AuditHead }>()
  let after: string | undefined
  do {
    const page = await audit.read(selection, { limit: 1000, ...(after === undefined ? {} : { after }) })
    for (const { stream: name, seq, hash } of page.items) {
      const { first, end } = found.get(name) ?? { first: seq, end: { stream: name, seq, hash } }
      const last = seq > end.seq ? { stream: name, seq, hash } : end
      found.set(name, { first: Math.min(first, seq), end: last })
    }
    signal?.throwIfAborted()
    after = page.next
  } while (after !== undefined)
  const streams = [...found.values()].sort((a, b) => (a.end.stream < b.end.stream ? -1 : 1))
  return Promise.all(
    streams.map(async ({ first, end }) =>
      isWhole ? { after: 0, end: await audit.head(end.stream), whole: true } : { after: first - 1, end, whole: false },
    ),
  )
}

/** The lines of an export: a page of entries is all that is held. */
export async function* exportLines(
  { tenantId, audit }: Audited,
  selection: Selection,
  parts: readonly Part[],
  done: (exported: Exported) => void,
): AsyncGenerator<string, void> {
  const hash = createHash('sha256')
  const line = (value: ExportHeader | SegmentLine | EntryLine | HeadLine | EndLine) => {
    const text = `${JSON.stringify(value)}\n`
    hash.update(text)
    return text
  }
  yield line({ freehold: 'audit export 1', tenant: tenantId, at: Date.now(), selection })
  let entries = 0
  for (const { after, end, whole } of parts) {
    const { stream } = end
    let head: AuditHead | undefined
    let records = await upTo(end.seq, audit.records(stream, after))
    const before = after === 0 ? emptyHead(stream) : { stream, seq: after, hash: records[0]?.previousHash ?? '' }
    yield line({ segment: { ...before, whole } })
    while (records.length > 0) {
      yield records.map(({ previousHash, hash, text }) => line({ previousHash, hash, text })).join('')
      entries += records.length
      const { seq, hash } = records.at(-1)!
      head = { stream, seq, hash }
      records = await upTo(end.seq, audit.records(stream, seq))
    }
    // Where the entries end before, whoever verifies the file is to see that.
    yield line({ head: head?.seq === end.seq ? head : end.seq > 0 ? end : before })
  }
  const segments = parts.length
  yield line({ end: { segments, entries, sha256: hash.copy().digest('hex') } })
  done({ entries, segments, sha256: hash.digest('hex') })
}

async function upTo(last: number, records: Promise<AuditRecord[]>): Promise<AuditRecord[]> {
  return (await records).filter(({ seq }) => seq <= last)
}
