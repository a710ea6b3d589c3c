import type { Storage } from '@freehold/contract'
import type { Harness } from '../../src/harness.js'
import { referenceStorage } from '../../src/reference/index.js'
import inFile, { fileOf, inMemory, memoryOf } from '../reference.harness.js'
import type { Defect } from './defect.js'
import { DEFECTS } from './index.js'

/** The reference harness with a defect in it: in memory, or in a file that other processes open through `module`. */
export function planted(defect: Defect, module?: string): Harness {
  const mediumOf = module === undefined ? memoryOf : fileOf
  const sound = module === undefined ? inMemory : { ...inFile, module }
  const harness = defect.harness?.(sound, mediumOf) ?? sound
  return {
    ...harness,
    name: defect.name,
    async open(place, options) {
      const others: Storage[] = []
      const on: typeof referenceStorage = (medium) => {
        const other = referenceStorage(medium)
        others.push(other)
        return other
      }
      const storage = await harness.open(place, options)
      const spoiled = defect.plant?.(storage, { place, medium: mediumOf(place), on }) ?? storage
      if (others.length === 0) return spoiled
      return {
        ...spoiled,
        close: async () => {
          await Promise.all([spoiled, ...others].map((each) => each.close()))
        },
      }
    },
  }
}

/** Where other processes import the harness with that defect. */
export function moduleWith(defect: Defect): string {
  const url = new URL(import.meta.url)
  url.searchParams.set('defect', String(DEFECTS.indexOf(defect)))
  return url.href
}

const number = new URL(import.meta.url).searchParams.get('defect')

/** The harness with the defect that the URL of this module names. @public */
export default number === null ? inFile : planted(DEFECTS[Number(number)]!, import.meta.url)
