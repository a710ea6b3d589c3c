import { StoreError } from '@freehold/contract'

/** What a store says of a record itself: to write it again is no use. */
const OF_RECORD: ReadonlySet<string> = new Set(['invalid', 'conflict', 'already_exists', 'not_found'])

/** A record that was refused for good. */
export interface Refused<R> {
  record: R
  cause: StoreError
}

/**
 * Writes records, which the store takes all or none of: where one of them is refused they are tried in halves, so that it costs
 * only that one. Resolves to those that were refused. @throws whatever else the store throws; then all are to be written again
 */
export async function writeApart<R>(
  records: readonly R[],
  write: (records: readonly R[]) => Promise<unknown>,
): Promise<Refused<R>[]> {
  if (records.length === 0) return []
  try {
    await write(records)
    return []
  } catch (error) {
    if (!StoreError.is(error) || !OF_RECORD.has(error.code)) throw error
    if (records.length === 1) return [{ record: records[0]!, cause: error }]
    const middle = records.length >> 1
    const first = await writeApart(records.slice(0, middle), write)
    return [...first, ...(await writeApart(records.slice(middle), write))]
  }
}
