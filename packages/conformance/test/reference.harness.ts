import type { Harness, Place, Tampering } from '../src/harness.js'
import { emptyState, fileMedium, type Medium, memoryMedium, openReference, type State } from '../src/reference/index.js'
import { tamperAudit } from './tamper-audit.js'

const memories = new Map<string, Medium<State>>()

/** The medium that all connections to a place share. */
export function memoryOf(place: Place): Medium<State> {
  const medium = memories.get(place.id) ?? memoryMedium(emptyState)
  memories.set(place.id, medium)
  return medium
}

export function fileOf(place: Place): Medium<State> {
  return fileMedium(place.dir, emptyState)
}

/** The reference store in this process: no cases over several processes. */
export const inMemory: Harness = {
  name: 'reference store in memory',
  open: (place, options) => openReference(memoryOf(place), options),
  tamper: (place, tampering) => tamper(memoryOf(place), tampering),
  remove: async (place) => {
    memories.delete(place.id)
  },
}

/** The reference store in a file, which other processes open too. */
const inFile: Harness = {
  name: 'reference store in a file',
  open: (place, options) => openReference(fileOf(place), options),
  tamper: (place, tampering) => tamper(fileOf(place), tampering),
  module: import.meta.url,
}

export default inFile

export function tamper(medium: Medium<State>, tampering: Tampering): Promise<void> {
  return medium.transact((state) => {
    if (tampering.kind === 'add-migration')
      state.migrations[tampering.domain].push({ name: tampering.name, checksum: 'newer' })
    else if (tampering.kind === 'change-checksum') state.migrations[tampering.domain][0]!.checksum = 'another'
    else tamperAudit(state.audit, tampering)
  })
}
