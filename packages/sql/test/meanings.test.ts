import { describe, expect, it } from 'vitest'
import { type Meaning, meaning } from '../src/dialects/failures.js'

/** What a caller gets to know of each meaning: the code of the error, and whether trying again can help. */
const TOLD: Record<string, readonly Meaning[]> = {
  'timeout, again': ['again', 'timeout'],
  'already_exists, in vain': ['taken'],
  'invalid, in vain': ['invalid', 'packet', 'characters'],
  'unsupported, in vain': [
    'missing',
    'foreign',
    'noSchema',
    'depended',
    'noFeature',
    'longName',
    'reserved',
    'notOurs',
  ],
  'unavailable, again': [
    'down',
    'starting',
    'lost',
    'noHost',
    'noWay',
    'crowded',
    'exhausted',
    'full',
    'readOnly',
    'broken',
  ],
  'unavailable, in vain': [
    'stranger',
    'closed',
    'startup',
    'noWrite',
    'noOpen',
    'damaged',
    'password',
    'passwordOrTls',
    'locked',
    'expired',
    'barred',
    'noDatabase',
    'noRight',
    'noTrigger',
    'noTls',
    'noDirectTls',
    'onlyTls',
    'untrusted',
  ],
}
/** Others may do what this user may not. */
const REFUSED: readonly Meaning[] = [
  'password',
  'passwordOrTls',
  'locked',
  'expired',
  'barred',
  'noDatabase',
  'noRight',
]

describe.each(Object.entries(TOLD))('%s', (told, words) => {
  it.each(words)('%s', (word) => {
    const { code, inVain, refused, retry, says } = meaning(word)
    const again = (code === 'unavailable' || code === 'timeout') && !inVain
    expect(`${code}, ${again ? 'again' : 'in vain'}`).toBe(told)
    expect(refused ?? false).toBe([...REFUSED, 'noTrigger'].includes(word))
    expect(retry).toBe(word === 'again' || word === 'taken' ? word : undefined)
    // What happened, and what to do about it.
    expect(says).toMatch(/^[^;]{10,}; .{7,}$/)
  })
})
