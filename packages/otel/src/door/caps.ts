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

/** The span, its longest texts cut to one length where it has more than so many bytes of JSON; as it is where that is no help. */
export function fitted(raw: RawSpan, most: number): RawSpan {
  const own = [raw.name, raw.statusMessage, raw.attributes, raw.events, raw.links, raw.kept]
  if (isWithin(most, own, [raw.resource, raw.scope])) return raw
  const excess = Buffer.byteLength(JSON.stringify([own, raw.resource, raw.scope])) - most
  if (excess <= 0) return raw
  const lengths: number[] = []
  rawWith(raw, {
    named: NOTHING,
    leaf: (value) => {
      if (typeof value === 'string') lengths.push(value.length)
      return value
    },
  })
  const level = levelOf(lengths, excess)
  return level === undefined ? raw : rawWith(raw, cutting(level))
}

/** To which length the longest are to be cut to be rid of so many characters, none of which takes less than a byte. */
function levelOf(lengths: readonly number[], excess: number): number | undefined {
  const sorted = lengths.toSorted((a, b) => b - a)
  let sum = 0
  for (const [index, length] of sorted.entries()) {
    sum += length
    const level = Math.floor((sum - excess) / (index + 1))
    if (level >= (sorted[index + 1] ?? 0)) return level < LEAST ? undefined : level
  }
  return undefined
}
