/**
 * The fields of a record that are not what they were, `undefined` for those that are gone. By identity: a rule that makes
 * the next state of a record takes over what it leaves as it is, so that no write sends it again.
 */
export function changesOf<T extends object>(before: T, after: T): Partial<T> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof T)[]
  return Object.fromEntries(
    names.filter((name) => before[name] !== after[name]).map((name) => [name, after[name]]),
  ) as Partial<T>
}
