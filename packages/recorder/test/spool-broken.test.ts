import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { framed } from '../src/spool/record.js'
import { bytesOf, leave, newDirectory, open, readAll, segmentsIn } from './support/spools.js'

const TEXTS = ['first', '', 'third', 'the fourth', '5']
const SEGMENT = framed(0, bytesOf(...TEXTS))
/** Where each record ends. */
const ENDS = TEXTS.map((_, index) => framed(0, bytesOf(...TEXTS.slice(0, index + 1))).length)

/** What is read of a log that was left so, and what is left of it when that was acknowledged. */
async function reading(segments: Readonly<Record<number, Uint8Array>>, count = 100) {
  const directory = newDirectory()
  leave(directory, segments)
  const spool = await open(directory)
  const { texts, places } = await readAll(spool, count)
  spool.acknowledge(places)
  await spool.close()
  rmSync(directory, { recursive: true })
  const left = await open(directory)
  return { texts, lost: spool.lost, left: left.hasMore, reported: spool.reported.map(({ message }) => message) }
}

/** The same bytes, one of them others. */
function flipped(bytes: Buffer, at: number, by: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at]! ^= by
  return copy
}

describe('a segment', () => {
  it('that ends at any byte has every record that was whole, and at most one is lost', async () => {
    for (let size = 0; size <= SEGMENT.length; size++) {
      const { texts, lost } = await reading({ 0: SEGMENT.subarray(0, size) })
      const whole = ENDS.filter((end) => end <= size).length
      const expected = { texts: TEXTS.slice(0, whole), lost: size === 0 || ENDS.includes(size) ? 0 : 1 }
      expect({ size, texts, lost }).toEqual({ size, ...expected })
    }
  })

  it('that ends in zeros has every record that was whole', async () => {
    const content = Buffer.concat([SEGMENT.subarray(0, ENDS[2]!), Buffer.alloc(4_096)])
    expect(await reading({ 0: content })).toMatchObject({ texts: TEXTS.slice(0, 3), lost: 1 })
  })

  it.each([1, 128, 255])('of which any byte is another (by %d) has every other record', async (by) => {
    for (let at = 0; at < SEGMENT.length; at++) {
      const broken = ENDS.findIndex((end) => at < end)
      const { texts, lost } = await reading({ 0: flipped(SEGMENT, at, by) })
      expect({ at, texts, lost }).toEqual({ at, texts: TEXTS.filter((_, index) => index !== broken), lost: 1 })
    }
  })

  it('is followed by the next, whatever is broken in it', async () => {
    const next = framed(5, bytesOf('next'))
    const torn = SEGMENT.subarray(0, ENDS[2]! + 3)
    expect(await reading({ 0: torn, 5: next }, 2)).toMatchObject({ texts: ['first', '', 'third', 'next'], lost: 2 })
  })

  it('in which nothing is a record costs what was in it, and is told', async () => {
    const { texts, lost, reported } = await reading({ 0: Buffer.alloc(100, 0xff), 5: framed(5, bytesOf('next')) })
    expect([texts, lost, reported]).toEqual([
      ['next'],
      5,
      [expect.stringMatching(/^5 records are broken in the spool .*, and lost; check that disk$/)],
    ])
  })

  it('that is empty is passed over', async () => {
    expect(await reading({ 0: Buffer.alloc(0), 3: framed(3, bytesOf('next')) })).toMatchObject({
      texts: ['next'],
      lost: 0,
    })
  })

  it('may lack numbers that no record got', async () => {
    const content = Buffer.concat([framed(0, bytesOf('a')), framed(7, bytesOf('b'))])
    expect(await reading({ 0: content })).toMatchObject({ texts: ['a', 'b'], lost: 0 })
  })

  it('may hold the bytes of a record in a record', async () => {
    const inner = framed(0, bytesOf('inner'))
    const { texts } = await reading({ 0: framed(0, [inner, Buffer.from('next')]) })
    expect(texts).toEqual([inner.toString(), 'next'])
  })
})

it('a log of which all is broken is removed', async () => {
  const directory = newDirectory()
  leave(directory, { 0: Buffer.alloc(100) })
  const spool = await open(directory)
  await readAll(spool)
  await expect.poll(() => segmentsIn(directory)).toEqual([])
})
