import { ChainCheck, type Checkpoint, emptyHead, type Link, linkEntry, type Verification } from '@freehold/contract'
import { expect, test } from 'vitest'

/** A chain of `length` entries, each linked to the one before. */
function chainOf(length: number): Link[] {
  const links: Link[] = []
  for (let n = 1; n <= length; n++) {
    const last = links.at(-1)?.entry
    const head = last === undefined ? emptyHead('main') : { stream: 'main', seq: last.seq, hash: last.hash }
    links.push(linkEntry('acme', { id: `e${n}`, stream: 'main', time: n, actor: 'ada', action: 'act' }, head))
  }
  return links
}

function verified(links: readonly Link[], headAt = links, checkpoints: Checkpoint[] = []): Verification {
  const check = new ChainCheck('acme', 'main', checkpoints)
  check.add(links)
  const { seq, hash } = headAt.at(-1)?.entry ?? emptyHead('main')
  return check.result({ stream: 'main', seq, hash })
}

const found = (verification: Verification) =>
  verification.status === 'ok' ? 'ok' : `${verification.found} at ${verification.seq}`

test('an untouched chain is ok', () => {
  expect(found(verified(chainOf(5)))).toBe('ok')
})

test('small links are read by the thousand, and large ones a few at a time', () => {
  const check = new ChainCheck('acme', 'main', [])
  expect(check.wanted).toBe(100)
  check.add(chainOf(100))
  expect(check.wanted).toBe(1000)
  const large = chainOf(101).slice(100)
  check.add(large.map(({ entry, text }) => ({ entry, text: text.padEnd(2_000_000) })))
  expect(check.wanted).toBe(4)
})

test('two entries with one place are a fork', () => {
  const [first, second, third] = chainOf(3)
  expect(found(verified([first!, second!, second!, third!]))).toBe('forked at 2')
})

test('two entries with one predecessor are a fork', () => {
  const [first, second, third] = chainOf(3)
  const { seq: _, previousHash: __, hash: ___, ...body } = third!.entry
  const rival = linkEntry('acme', body, { stream: 'main', seq: 1, hash: first!.entry.hash })
  const entry = { ...rival.entry, seq: 3 }
  expect(found(verified([first!, second!, { entry, text: rival.text.replace('"seq":2', '"seq":3') }]))).toBe(
    'changed at 3',
  )
  const honest = linkEntry('acme', body, { stream: 'main', seq: 2, hash: first!.entry.hash })
  expect(found(verified([first!, second!, honest]))).toBe('forked at 3')
})

test('an entry that was changed together with its hash is found by its successor', () => {
  const [first, second, third] = chainOf(3)
  const { seq: _, previousHash: __, hash: ___, ...body } = second!.entry
  const forged = linkEntry('acme', { ...body, actor: 'eve' }, { stream: 'main', seq: 1, hash: first!.entry.hash })
  expect(found(verified([first!, forged, third!]))).toBe('changed at 2')
})

test('an entry of another tenant is found', () => {
  const check = new ChainCheck('other', 'main', [])
  check.add(chainOf(1))
  expect(found(check.result(emptyHead('main')))).toBe('changed at 1')
})

test('a chain shorter than its head is truncated', () => {
  const links = chainOf(5)
  expect(found(verified(links.slice(0, 3), links))).toBe('truncated at 4')
})

test('a head behind its chain is named', () => {
  const links = chainOf(5)
  expect(found(verified(links, links.slice(0, 3)))).toBe('truncated at 4')
})

test('a whole chain that is gone is found by a checkpoint', () => {
  const { seq, hash } = chainOf(5).at(-1)!.entry
  expect(found(verified([], [], [{ stream: 'main', seq, hash, at: 0 }]))).toBe('truncated at 1')
})
