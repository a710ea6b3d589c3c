import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { emptyHead, GENESIS, type Link, linkEntry } from '../src/rules/chain.js'
import { at, CHAIN, found, newCheck, withLink } from './chain-of-four.js'

describe('a link', () => {
  test('is SHA-256 of the hash before, a line feed and the canonical text with seq and tenant', () => {
    const [, { entry, text }] = CHAIN as [Link, Link]
    const told = '{"action":"act","actor":"ada","id":"e2","seq":2,"stream":"main","tenant":"acme","time":2}'
    const hash = createHash('sha256')
      .update(`${at(1).hash}\n${told}`)
      .digest('hex')
    expect([text, entry.hash, entry.previousHash]).toEqual([told, hash, at(1).hash])
  })

  test('is the first after 64 zeros', () => {
    expect(CHAIN[0]?.entry).toMatchObject({ seq: 1, previousHash: '0'.repeat(64) })
  })

  test('of another tenant has another hash', () => {
    const { seq: _, previousHash: __, hash: ___, ...entry } = CHAIN[0]!.entry
    expect(linkEntry('other', entry, emptyHead('main')).entry.hash).not.toBe(CHAIN[0]?.entry.hash)
  })
})

describe('what is wrong with an entry', () => {
  test.each<[string, readonly Link[], string]>([
    ['the first is gone', CHAIN.slice(1), 'missing at 1: entry 1 is not there'],
    ['one in the midst is gone', CHAIN.filter((_, i) => i !== 1), 'missing at 2: entry 2 is not there'],
    ['several are gone', CHAIN.filter((_, i) => i === 0 || i === 3), 'missing at 2: entry 2 is not there'],
    ['one is there twice', [...CHAIN.slice(0, 2), ...CHAIN.slice(1)], 'forked at 2: entry 2 is there twice'],
    ['the first is there twice', [CHAIN[0]!, ...CHAIN], 'forked at 1: entry 1 is there twice'],
    [
      'a column was changed',
      withLink(3, ({ entry, text }) => ({ entry: { ...entry, actor: 'eve' }, text })),
      'modified at 3: the columns of entry 3 do not match the text that was hashed',
    ],
    [
      'a column holds what nobody wrote',
      withLink(3, (link) => ({ ...link, altered: true })),
      'modified at 3: the columns of entry 3 do not match the text that was hashed',
    ],
    [
      'one stands before the first',
      [{ ...CHAIN[0]!, entry: { ...CHAIN[0]!.entry, seq: 0 } }, ...CHAIN],
      'reordered at 0: an entry stands at no place of the chain, where its views show it',
    ],
    [
      'one stands at a place that is none',
      [{ ...CHAIN[0]!, entry: { ...CHAIN[0]!.entry, seq: '1' as never } }, ...CHAIN],
      'reordered at 0: an entry stands at no place of the chain, where its views show it',
    ],
    [
      'the text was changed',
      withLink(3, ({ entry, text }) => ({ entry, text: text.replace('ada', 'eve') })),
      'modified at 3: entry 3 does not match its hash',
    ],
    [
      'the text is none',
      withLink(3, ({ entry }) => ({ entry, text: '{' })),
      'modified at 3: entry 3 does not match its hash',
    ],
    [
      'the text has no place',
      withLink(3, ({ entry, text }) => ({ entry, text: text.replace('"seq":3,', '') })),
      'modified at 3: entry 3 does not match its hash',
    ],
    [
      'the place in the text is a text',
      withLink(3, ({ entry, text }) => ({ entry, text: text.replace('"seq":3,', '"seq":"2",') })),
      'modified at 3: entry 3 does not match its hash',
    ],
    [
      'the text is that of another place',
      withLink(3, ({ entry }) => ({ entry, text: CHAIN[1]!.text })),
      'reordered at 3: entry 2 stands at place 3',
    ],
    [
      'the hash was changed',
      withLink(3, ({ entry, text }) => ({ entry: { ...entry, hash: 'f'.repeat(64) }, text })),
      'modified at 3: entry 3 does not match its hash',
    ],
    [
      'the hash before was changed',
      withLink(3, ({ entry, text }) => ({ entry: { ...entry, previousHash: 'f'.repeat(64) }, text })),
      'modified at 3: entry 3 does not match its hash',
    ],
  ])('%s', (_, links, finding) => {
    expect(found({ links })).toBe(finding)
  })

  test.each(['f'.repeat(64), ''])('the first follows something else, such as %j', (hash) => {
    const { seq: _, previousHash: __, hash: ___, ...entry } = CHAIN[0]!.entry
    const link = linkEntry('acme', entry, { ...emptyHead('main'), hash })
    expect(found({ links: [link] })).toBe('modified at 1: entry 1 does not follow entry 0')
  })

  test('the second follows nothing', () => {
    const { seq: _, previousHash: __, hash: ___, ...entry } = CHAIN[1]!.entry
    const link = linkEntry('acme', entry, { stream: 'main', seq: 1, hash: GENESIS })
    expect(found({ links: [CHAIN[0]!, link] })).toBe('forked at 2: entries 1 and 2 have one predecessor')
  })

  test('a rival of the one before follows what that follows', () => {
    const { seq: _, previousHash: __, hash: ___, ...entry } = CHAIN[2]!.entry
    const rival = linkEntry('acme', entry, { stream: 'main', seq: 2, hash: at(1).hash })
    expect(found({ links: withLink(3, () => rival) })).toBe('forked at 3: entries 2 and 3 have one predecessor')
  })

  test('it is of another tenant', () => {
    const check = newCheck({}, 'other')
    check.add(CHAIN)
    expect(check.result(at(4))).toMatchObject({ found: 'modified', seq: 1 })
  })

  test('what was rewritten with its hash is the one before', () => {
    const { seq: _, previousHash: __, hash: ___, ...entry } = CHAIN[2]!.entry
    const forged = linkEntry('acme', { ...entry, actor: 'eve' }, at(2))
    expect(found({ links: withLink(3, () => forged) })).toBe('modified at 3: entry 4 does not follow entry 3')
  })

  test('only the first that is wrong is told, in whatever page', () => {
    const check = newCheck()
    check.add(CHAIN.slice(0, 1))
    check.add(CHAIN.slice(2, 3))
    check.add(CHAIN.slice(1, 2))
    expect(check.result(at(4))).toMatchObject({ found: 'missing', seq: 2, entries: 2 })
  })
})
