import { shownOption } from '@freehold/contract'
import type { UrlOption } from './server-url.js'

/** What an option says about the settings `S`, or why it is refused: what to write instead. */
export type Reading<S> = { said: Partial<S> } | { refused: string }
type Reader<S> = (value: string) => Reading<S>

/** Every option that is understood, or refused by name: by its name without dashes and underscores, in lower case; in one spelling only, as it is spelled. */
export type OptionTable<S> = Readonly<Record<string, Reader<S>>>

/** The text as it stands. */
export const text =
  <S>(setting: keyof S): Reader<S> =>
  (value) =>
    value === ''
      ? { refused: 'is empty; give it a value, or take it out' }
      : { said: { [setting]: value } as Partial<S> }

/** One of a closed list of words, in any case, or what to write instead of one that is not. */
export const oneOf =
  <S>(setting: keyof S, words: Readonly<Record<string, unknown>>, instead: string): Reader<S> =>
  (value) => {
    const word = plainName(value)
    return Object.hasOwn(words, word) ? { said: { [setting]: words[word] } as Partial<S> } : { refused: instead }
  }

/** What asks for nothing that is not so already, in any of these words. */
export const already =
  <S>(words: readonly string[], instead: string): Reader<S> =>
  (value) =>
    words.includes(plainName(value)) ? { said: {} } : { refused: instead }

/** What is refused, whatever its value. */
export const refused =
  <S>(instead: string): Reader<S> =>
  () => ({ refused: instead })

/** Of a name that counts in seconds to some and in milliseconds to others. */
export const OF_TWO_UNITS = refused<never>('counts in another unit elsewhere; write connect_timeout, in seconds')

/** Whole seconds. */
export const seconds =
  <S>(setting: keyof S, most: number): Reader<S> =>
  (value) => {
    const count = /^\d{1,6}$/.test(value) ? Number(value) : 0
    if (count < 1 || count > most) return { refused: `is no whole number of seconds from 1 to ${most}; correct it` }
    return { said: { [setting]: count } as Partial<S> }
  }

/** What can be written in place of an option that is not known. */
export interface Instead {
  taken: readonly string[]
  /** The option that encrypts, and verifies all there is. */
  tls: string
}

const OF_TLS = /ssl|tls|encrypt|secur|cert|require.?auth|gss|channel.?binding/i

/** What options say together. What is wrong with them is added to the problems, without their values. */
export function readOptions<S extends object>(
  options: readonly UrlOption[],
  table: OptionTable<S>,
  { taken, tls }: Instead,
  problems: string[],
): Partial<S> {
  const said: Partial<S> = {}
  const sayers = new Map<string, string>()
  for (const { name, value } of options) {
    const reader = [name, plainName(name)].filter((each) => Object.hasOwn(table, each)).map((each) => table[each]!)[0]
    if (reader === undefined) {
      // Whoever takes out what asks for TLS is left with none.
      const instead = OF_TLS.test(name) ? `write ${tls}, or another of its words` : 'take it out'
      problems.push(
        `has the option ${shownOption(name)}, which is not taken; ${instead}, the options are ${taken.join(', ')}`,
      )
      continue
    }
    const reading = reader(value)
    if ('refused' in reading) {
      problems.push(`has the option ${name}, which ${reading.refused}`)
      continue
    }
    Object.assign(said, reading.said)
    // What asks for nothing may not be asked for twice either.
    const settings = Object.keys(reading.said)
    for (const setting of settings.length > 0 ? settings : [`the option ${plainName(name)}`]) {
      const before = sayers.get(setting)
      if (before === name) problems.push(`has the option ${name} twice; keep one`)
      else if (before !== undefined) problems.push(`has both ${before} and ${name}; keep one of them`)
      sayers.set(setting, name)
    }
  }
  return said
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '')
}
