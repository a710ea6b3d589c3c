import { MAX_NAMES, sha256 } from '@freehold/contract'

/** Most characters of the names of one trace, of models or of tools, that are kept as they are. */
const MAX_LENGTH = 500_000
/** In front of what stands for a name: sorts behind every name. */
const SHORT = '\uffff'

/**
 * The names of a trace, which may be as many as it has spans and as long as a document takes: then those that no summary
 * shows are kept as something short that tells whether a name is among them.
 */
export function keptNames(names: readonly string[]): string[] {
  if (names.reduce((sum, name) => sum + name.length, 0) <= MAX_LENGTH) return [...names]
  return [...new Set([...names.slice(0, MAX_NAMES), ...names.slice(MAX_NAMES).map(shortOf)])]
}

/** A condition for a field with the names of a trace. */
export function whereNamed(name: string): { $in: string[] } {
  return { $in: [name, shortOf(name)] }
}

function shortOf(name: string): string {
  return name.startsWith(SHORT) ? name : SHORT + sha256(name).slice(0, 20)
}
