import type { AuditRecord } from '../audit.js'
import type { Link } from './chain.js'
import { partsOf } from './parts.js'

/** Most bytes of hashed text of a page of links. */
const PAGE_TEXT = 8_000_000

/** How a store reads a chain. */
export interface ChainReads {
  /** The places that follow one, in order, and how many bytes were hashed of each: as many as are looked at at once. */
  sizesAfter(seq: number): Promise<readonly { seq: number; size: number }[]>
  /** The links behind a place, to another and with it, in order. */
  links(after: number, to: number): Promise<Link[]>
}

/** The links after a place, in pages that are small by their sizes, which are asked for first: any one may be large. */
export async function* chainPages(seq: number, reads: ChainReads): AsyncGenerator<Link[], void> {
  let last = seq
  for (;;) {
    const sizes = await reads.sizesAfter(last)
    if (sizes.length === 0) return
    for (const part of partsOf(sizes, ({ size }) => size, PAGE_TEXT)) {
      const to = part.at(-1)!.seq
      yield await reads.links(last, to)
      last = to
    }
  }
}

/** The first of these pages, of which none is empty but that behind the last place. */
export async function firstPage(after: number, reads: ChainReads): Promise<Link[]> {
  const { value } = await chainPages(after, reads).next()
  return value ?? []
}

/** A link as a reader gets it who checks it elsewhere. */
export function recordOfLink({ entry: { seq, previousHash, hash }, text }: Link): AuditRecord {
  return { seq, previousHash, hash, text }
}
