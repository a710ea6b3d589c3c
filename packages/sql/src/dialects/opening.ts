import { StoreError } from '@freehold/contract'

/** What is asked of a database that is opened. */
export interface Asked {
  url: string
  /** The tables of the histories of the domains that are opened, by domain. */
  histories: ReadonlyMap<string, string>
  /** Every table that may be there. */
  tables: readonly string[]
}

/** @throws StoreError `unsupported` when there is anything that keeps a database from keeping what is promised. */
export function refuseDatabase(name: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new StoreError('unsupported', `${name}: ${problems.join('; and ')}`)
}

/** Whether a version, such as 10.11.2, is at least another. */
export function isAtLeast(version: string, least: readonly number[]): boolean {
  const numbers = version.split(/[^0-9]+/, least.length).map(Number)
  const at = least.findIndex((number, i) => (numbers[i] ?? 0) !== number)
  return at === -1 || (numbers[at] ?? 0) > least[at]!
}
