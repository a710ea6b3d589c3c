import { cleanText, cutText, isStorable } from './text.js'

/** Longest key, in UTF-16 units: engines stop at 65,535 bytes. */
export const MAX_KEY = 10_000
/** Room for what tells apart keys that are repaired to one: ` (2)` and so on. */
const MAX_STEM = MAX_KEY - 16

/** True of a key that is kept as it was given. */
export function isKeptKey(key: string): boolean {
  return key.length <= MAX_KEY && isStorable(key)
}

/** The key as engines can hold it. */
export function repairedKey(key: string): string {
  return cutText(cleanText(key), MAX_KEY)
}

/**
 * Where each key of an object is kept: none takes the place of another. One that is kept as given has its own name; the
 * others are repaired, and numbered where that name is taken. The same in whatever order the keys come.
 */
export function keptNames(keys: readonly string[]): Map<string, string> {
  const names = new Map(keys.filter(isKeptKey).map((key) => [key, key]))
  const taken = new Set(names.keys())
  const numbers = new Map<string, number>()
  for (const key of keys.filter((key) => !isKeptKey(key)).sort()) {
    let name = repairedKey(key)
    // Never from the start: that would be a step for each key that is named so, for each of them.
    const stem = cutText(name, MAX_STEM)
    for (let number = numbers.get(stem) ?? 2; taken.has(name); number++) {
      name = `${stem} (${number})`
      numbers.set(stem, number + 1)
    }
    names.set(key, name)
    taken.add(name)
  }
  return names
}
