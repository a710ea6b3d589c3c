import { cutText } from '@freehold/contract'
import { isWithin } from '../conventions/room.js'
import type { RawSpan } from '../normalise.js'
import { rawWith } from './raw.js'
import type { Change } from './texts.js'

const NOTHING = (): undefined => undefined

/** Shortest that texts are cut to: what is said of it must find room as well. */
export const LEAST = 100

/** Cuts texts that have more than so many characters, and says so within these. */
export function cutting(most: number): Change {
  return { named: NOTHING, leaf: (value) => (typeof value === 'string' ? cut(value, most) : value) }
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const said = (kept: number) => `… [cut: ${kept} of ${text.length} characters]`
  const kept = cutText(text, most - said(most).length)
  return kept + said(kept.length)
}

/**
 * The span, its longest texts cut to about as many bytes where it has more than so many bytes of JSON; where texts within JSON are too
 * short for that, those that hold the JSON. As it is where that is no help.
 */
export function fitted(raw: RawSpan, most: number): RawSpan {
  if (isWithin(most, ownOf(raw), [raw.resource, raw.scope])) return raw
  try {
    let span = raw
    for (const isWhole of [false, true]) {
      const excess = bytesOf([ownOf(span), span.resource, span.scope]) - most
      if (excess <= 0) return span
      span = lighter(span, excess, isWhole) ?? span
    }
    return span
  } catch {
    // What cannot be written is the store's to tell.
    return raw
  }
}

function ownOf({ name, statusMessage, attributes, events, links, kept }: RawSpan): unknown[] {
  return [name, statusMessage, attributes, events, links, kept]
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function lighter(raw: RawSpan, excess: number, isWhole: boolean): RawSpan | undefined {
  const sizes: number[] = []
  const change = (leaf: (text: string) => string): Change => ({
    named: NOTHING,
    leaf: (value) => (typeof value === 'string' ? leaf(value) : value),
    ...(isWhole && { isWhole }),
  })
  rawWith(
    raw,
    change((text) => {
      sizes.push(bytesOf(text))
      return text
    }),
  )
  const level = levelOf(sizes, excess)
  if (level === undefined) return undefined
  return rawWith(
    raw,
    change((text) => {
      const bytes = text.length < LEAST ? 0 : bytesOf(text)
      return bytes <= level ? text : cut(text, Math.max(LEAST, Math.floor((text.length * (level - WIDER)) / bytes)))
    }),
  )
}

/** Bytes that what is said of a cut has more than characters. */
const WIDER = 4

/** To how many bytes the largest are to be cut to be rid of so many. */
function levelOf(sizes: readonly number[], excess: number): number | undefined {
  const sorted = sizes.toSorted((a, b) => b - a)
  let sum = 0
  for (const [index, size] of sorted.entries()) {
    sum += size
    const level = Math.floor((sum - excess) / (index + 1))
    if (level >= (sorted[index + 1] ?? 0)) return level < 2 * LEAST ? undefined : level
  }
  return undefined
}
