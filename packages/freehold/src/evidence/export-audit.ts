import type { Writable } from 'node:stream'
import { acceptAll, acceptAuditQuery, Fields } from '@freehold/contract'
import { onFiles, signalIn, writeTo } from '../on-files.js'
import { type Audited, type Exported, exportLines, type Part, partsOfStreams } from './export-lines.js'
import type { Selection } from './format.js'

export interface ExportOptions {
  /**
   * Which entries: a window of time, those of an approval, any filter of `read`. Of each stream the file has all that lies between the
   * first and the last of them, because each entry commits to the one before it. Of one stream and nothing else it has all; without
   * a query, all of all streams.
   */
  query?: Selection
  signal?: AbortSignal
}

/**
 * Writes entries of the audit, with the very text that was hashed, as JSON lines to a new file, or to a stream, which it ends. It
 * writes what is there: `verifyFile` tells whether that is whole.
 *
 * @throws StoreError `invalid`, `already_exists` where the file is there, and what reading the audit throws; the signal's reason
 */
export async function exportAudit(
  storage: Audited,
  target: string | Writable,
  options: ExportOptions = {},
): Promise<Exported> {
  const fields = new Fields('export', options, ['query', 'signal'])
  const signal = signalIn(fields)
  const query = fields.raw('query') as Selection | undefined
  const [selection] = acceptAll(
    'export',
    () => acceptAuditQuery(query),
    () => fields.done(),
  )
  return onFiles(signal, async () => {
    const parts = await partsOfStreams(storage, selection, signal)
    return writeExport(storage, target, { selection, parts, signal })
  })
}

/** Writes parts of streams that somebody chose. */
export async function writeExport(
  storage: Audited,
  target: string | Writable,
  { selection, parts, signal }: { selection: Selection; parts: readonly Part[]; signal: AbortSignal | undefined },
): Promise<Exported> {
  let exported: Exported | undefined
  const lines = exportLines(storage, selection, parts, (done) => {
    exported = done
  })
  await writeTo(target, lines, signal)
  return exported!
}
