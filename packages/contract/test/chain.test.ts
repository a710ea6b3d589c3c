import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { AuditHead, Checkpoint } from '../src/audit.js'
import { ChainCheck, emptyHead, GENESIS, type Link, linkEntry } from '../src/rules/chain.js'

function chainOf(length: number): Link[] {
  const links: Link[] = []
  let head = emptyHead('main')
  for (let n = 1; n <= length; n++) {
    const link = linkEntry('acme', { id: `e${n}`, stream: 'main', time: n, actor: 'ada', action: 'act' }, head)
    links.push(link)
    head = headOf(link)
  }
  return links
}

const CHAIN = chainOf(4)

function headOf({ entry }: Link): AuditHead {
  return { stream: 'main', seq: entry.seq, hash: entry.hash }
}

const at = (seq: number): AuditHead => (seq === 0 ? emptyHead('main') : headOf(CHAIN[seq - 1]!))
const kept = (head: AuditHead): Checkpoint => ({ ...head, at: 0 })
const other = (head: AuditHead, digit = 'f'): AuditHead => ({ ...head, hash: digit.repeat(64) })

interface Read {
  links?: readonly Link[]
  head?: AuditHead
  checkpoints?: readonly AuditHead[]
}

function resultOf({ links = CHAIN, head = at(4), checkpoints = [] }: Read) {
  const check = new ChainCheck('acme', 'main', checkpoints.map(kept))
  check.add(links)
  return check.result(head)
}

function found(read: Read): string {
  const result = resultOf(read)
  return result.status === 'ok' ? 'ok' : `${result.found} at ${result.seq}: ${result.detail}`
}

/** The chain with one of its links replaced. */
const withLink = (seq: number, change: (link: Link) => Link) =>
  CHAIN.map((link, i) => (i === seq - 1 ? change(link) : link))

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
      'changed at 3: the columns of entry 3 do not match the text that was hashed',
    ],
    [
      'the text was changed',
      withLink(3, ({ entry, text }) => ({ entry, text: text.replace('ada', 'eve') })),
      'changed at 3: entry 3 does not match its hash',
    ],
    [
      'the text is none',
      withLink(3, ({ entry }) => ({ entry, text: '{' })),
      'changed at 3: entry 3 does not match its hash',
    ],
    [
      'the text has no place',
      withLink(3, ({ entry, text }) => ({ entry, text: text.replace('"seq":3,', '') })),
      'changed at 3: entry 3 does not match its hash',
    ],
    [
      'the text is that of another place',
      withLink(3, ({ entry }) => ({ entry, text: CHAIN[1]!.text })),
      'reordered at 3: entry 2 stands at place 3',
    ],
    [
      'the hash was changed',
      withLink(3, ({ entry, text }) => ({ entry: { ...entry, hash: 'f'.repeat(64) }, text })),
      'changed at 3: entry 3 does not match its hash',
    ],
    [
      'the hash before was changed',
      withLink(3, ({ entry, text }) => ({ entry: { ...entry, previousHash: 'f'.repeat(64) }, text })),
      'changed at 3: entry 3 does not match its hash',
    ],
  ])('%s', (_, links, finding) => {
    expect(found({ links })).toBe(finding)
  })

  test('the first follows something else', () => {
    const { seq: _, previousHash: __, hash: ___, ...entry } = CHAIN[0]!.entry
    const link = linkEntry('acme', entry, { ...emptyHead('main'), hash: 'f'.repeat(64) })
    expect(found({ links: [link] })).toBe('changed at 1: entry 1 does not follow entry 0')
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
    const check = new ChainCheck('other', 'main', [])
    check.add(CHAIN)
    expect(check.result(at(4))).toMatchObject({ found: 'changed', seq: 1 })
  })

  test('what was rewritten with its hash is the one before', () => {
    const { seq: _, previousHash: __, hash: ___, ...entry } = CHAIN[2]!.entry
    const forged = linkEntry('acme', { ...entry, actor: 'eve' }, at(2))
    expect(found({ links: withLink(3, () => forged) })).toBe('changed at 3: entry 4 does not follow entry 3')
  })

  test('only the first that is wrong is told, in whatever page', () => {
    const check = new ChainCheck('acme', 'main', [])
    check.add(CHAIN.slice(0, 1))
    check.add(CHAIN.slice(2, 3))
    check.add(CHAIN.slice(1, 2))
    expect(check.result(at(4))).toMatchObject({ found: 'missing', seq: 2, entries: 2 })
  })
})

describe('what is wrong with the end', () => {
  test.each<[string, Read, string]>([
    ['nothing', {}, 'ok'],
    ['nothing, of an empty chain', { links: [], head: at(0) }, 'ok'],
    ['nothing, of a chain of one', { links: CHAIN.slice(0, 1), head: at(1) }, 'ok'],
    ['the head is one ahead', { links: CHAIN.slice(0, 3) }, 'truncated at 4: the chain ends at 3, not at 4'],
    ['the head is one behind', { head: at(3) }, 'truncated at 4: the head says 3, the chain ends at 4'],
    ['the head is gone', { head: at(0) }, 'truncated at 1: the head says 0, the chain ends at 4'],
    ['the chain is gone', { links: [] }, 'truncated at 1: the chain ends at 0, not at 4'],
    ['the head has another hash', { head: other(at(4)) }, 'changed at 4: the head names another hash'],
    ['the head has a lesser hash', { head: other(at(4), '0') }, 'changed at 4: the head names another hash'],
    ['the head of nothing has a hash', { links: [], head: other(at(0)) }, 'changed at 0: the head names another hash'],
  ])('%s', (_, read, finding) => {
    expect(found(read)).toBe(finding)
  })
})

describe('what a checkpoint vouches for', () => {
  test.each<[string, Read, string]>([
    [
      'another of a lesser hash',
      { checkpoints: [other(at(2), '0')] },
      'changed at 2: entry 2 is not the one the checkpoint vouches for',
    ],
    [
      'the most of several, whichever comes first',
      { links: CHAIN.slice(0, 1), head: at(1), checkpoints: [at(2), at(4)] },
      'truncated at 2: the chain ends at 1, not at 4',
    ],
    ['every place', { checkpoints: [0, 1, 2, 3, 4].map(at) }, 'ok'],
    [
      'the beginning',
      { checkpoints: [other(at(0))] },
      'changed at 0: entry 0 is not the one the checkpoint vouches for',
    ],
    ['the first', { checkpoints: [other(at(1))] }, 'changed at 1: entry 1 is not the one the checkpoint vouches for'],
    ['the last', { checkpoints: [other(at(4))] }, 'changed at 4: entry 4 is not the one the checkpoint vouches for'],
    [
      'the second that was kept',
      { checkpoints: [at(2), other(at(3))] },
      'changed at 3: entry 3 is not the one the checkpoint vouches for',
    ],
    [
      'more than is there',
      { links: CHAIN.slice(0, 3), head: at(3), checkpoints: [at(4)] },
      'truncated at 4: the chain ends at 3, not at 4',
    ],
    [
      'the most of several',
      { links: CHAIN.slice(0, 1), head: at(1), checkpoints: [at(4), at(2)] },
      'truncated at 2: the chain ends at 1, not at 4',
    ],
  ])('%s', (_, read, finding) => {
    expect(found(read)).toBe(finding)
  })
})

describe('what is told', () => {
  test('of a whole chain: its length and its end', () => {
    expect(resultOf({})).toEqual({ status: 'ok', stream: 'main', entries: 4, head: at(4) })
  })

  test('of another: how much was read, the wrong one included', () => {
    expect(resultOf({ links: CHAIN.filter((_, i) => i !== 1) })).toMatchObject({ stream: 'main', entries: 2, seq: 2 })
  })

  test('whether reading on is of use', () => {
    const check = new ChainCheck('acme', 'main', [])
    check.add(CHAIN.slice(0, 1))
    const before = check.failed
    check.add(CHAIN.slice(2))
    expect([before, check.failed]).toEqual([false, true])
  })

  test('where to read on', () => {
    const check = new ChainCheck('acme', 'main', [])
    const lasts = [check.last]
    for (const links of [CHAIN.slice(0, 3), [], CHAIN.slice(3)]) {
      check.add(links)
      lasts.push(check.last)
    }
    expect(lasts).toEqual([0, 3, 3, 4])
  })
})

describe('how many links are read next', () => {
  const sized = (text: number) => CHAIN.slice(0, 1).map(({ entry }) => ({ entry, text: ' '.repeat(text) }))

  test.each([
    ['a hundred at first', [], 100],
    ['as many as before where nothing was read', [[]], 100],
    ['a thousand at most', [sized(7_999)], 1000],
    ['a thousand of eight thousand characters', [sized(8_000)], 1000],
    ['a few less of a few more', [sized(8_001)], 999],
    ['one at least', [sized(8_000_001)], 1],
    ['by the last that were read', [sized(8_000_000), sized(4_000_000)], 2],
  ])('%s', (_, pages, wanted) => {
    const check = new ChainCheck('acme', 'main', [])
    for (const page of pages) check.add(page)
    expect(check.wanted).toBe(wanted)
  })
})
