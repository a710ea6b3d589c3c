/** Tables that the audit has, or may come to have, and what PostgreSQL calls its keys and indexes, which lie among them. */
const OWN =
  /^(heads|ids|shapes|migrations|leases|checkpoints|anchors|keys|holds|erasures|events|outbox|relays|links|entries|pkey|by_.*|tenant_.*_key)$/

/** True for the name of a shape whose view would be called as something that is not its view. */
export function isOwnName(shape: string): boolean {
  return OWN.test(shape)
}

/** The view of a shape, without the prefix. */
export function viewNameOf(shape: string): string {
  return `audit_${shape}`
}

const RECORD = 'audit.'

/**
 * The name under which it is recorded who uses the view of a shape. Builds whose views were called `shape_<name>` record them
 * under the name of the shape, which has no dot: theirs and ours are there side by side.
 */
export function viewRecordOf(shape: string): string {
  return RECORD + shape
}

/** The view that was recorded under a name. */
export function recordedView(record: string): string {
  return record.startsWith(RECORD) ? viewNameOf(record.slice(RECORD.length)) : `shape_${record}`
}
