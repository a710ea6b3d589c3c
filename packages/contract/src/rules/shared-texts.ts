import { hash } from 'node:crypto'
import { ByText } from './by-text.js'
import { standsForAttribute } from './copied-values.js'
import { type Part, partsOfText } from './cut-text.js'
import type { SpanTexts } from './span-record.js'
import { changedByOthers } from './stored.js'
import { SPAN_TEXTS } from './stored-span.js'

/** From how many UTF-16 units on a text is kept in pieces, each of which its trace holds once. */
const LONG = 2048
/** From how many on one is that comes several times in what is written together. */
const REPEATED = 512
/** The same of what is told around a span, such as its resource, where the span is put together from pieces anyway. */
const REPEATED_BESIDE = 128
/** What of it is of many spans, and what else there may be, which is of one: how that text begins, and what it has not. */
const OF_MANY = /^\{"(resource|scope)":/
const OF_ONE = /,"(repairs|sources)":/
/** How many pieces that follow each other, and what little stands between them, are a list of its own: a growing list would grow. */
const NODE = 10
/** How many at the end are in no such list: what stands behind a conversation stands further on when it has grown. */
const BEHIND = 3
const LITTLE = 48

/** How a text that is kept in pieces begins, as no JSON does; its length follows, and a list of what it is put together from. */
const CUT = '*'
const DIGITS = 8

/** How each item of the list begins: a piece, the same with a comma before it, a piece that is a list itself, or a text. */
const [PIECE, AFTER_COMMA, LIST, PLAIN] = ['#', ',', '@', '=']

/** What a trace shares: its pieces by their names. */
export type Pieces = Map<string, string>

/**
 * Takes out of the texts of one trace what comes again in it. What is taken out is told once, under a name made of it.
 *
 * Of a trace that is written for the first time that is what comes several times in what is written together; of one that
 * was there, any piece of a long text, because nobody knows here what came before.
 */
export class SharedTexts {
  readonly pieces: Pieces = new Map()
  private readonly repeated = new ByText<true>()
  private readonly cut = new ByText<Part[]>()

  /** @param together the texts that are written together, those of one span each */
  constructor(
    together: readonly SpanTexts[],
    private readonly isKnown: boolean,
  ) {
    const seen = new ByText<true>()
    const see = (text: string): void => {
      if (!seen.set(text, true)) this.repeated.set(text, true)
    }
    for (const texts of together)
      for (const field of SPAN_TEXTS) {
        const text = texts[field]
        if (text === undefined || text.length < leastOf(field)) continue
        if (text.length < LONG) see(text)
        else if (!isKnown) for (const part of this.partsOf(text)) if (part.isPiece) see(part.text)
      }
  }

  /** The texts as they are stored. */
  share(texts: SpanTexts): SpanTexts {
    let shared: SpanTexts | undefined
    for (const field of SPAN_TEXTS) {
      const text = texts[field]
      const stored = text === undefined ? undefined : this.stored(text)
      if (stored === undefined) continue
      shared ??= { ...texts }
      shared[field] = stored
    }
    if (shared !== undefined && shared.rest === texts.rest) this.shareRest(shared)
    return shared ?? texts
  }

  /**
   * The texts of a span that was told more of, as they are stored where they are others than before: the rest are not written.
   * What is told around it says where its fields come from now, which is its own.
   */
  shareChanged(before: SpanTexts, after: SpanTexts): SpanTexts {
    const changed: SpanTexts = {}
    for (const field of SPAN_TEXTS)
      if (field !== 'rest' && after[field] !== undefined && after[field] !== before[field])
        changed[field] = after[field]
    return { ...after, ...this.share(changed) }
  }

  private shareRest(texts: SpanTexts): void {
    const { rest } = texts
    if (rest === undefined || rest.length < REPEATED_BESIDE || !OF_MANY.test(rest) || OF_ONE.test(rest)) return
    if (this.isKnown || this.isRepeated(rest)) texts.rest = asStored(rest, [PIECE + this.nameOf(rest)])
  }

  private stored(text: string): string | undefined {
    if (standsForAttribute(text)) return undefined
    if (text.length < LONG)
      return text.length >= REPEATED && this.isRepeated(text) ? asStored(text, [PIECE + this.nameOf(text)]) : undefined
    const parts = this.partsOf(text)
    if (!parts.some((part) => this.isShared(part))) return undefined
    const items: string[] = []
    let plain = ''
    const endPlain = (): void => {
      if (plain !== '') items.push(PLAIN + plain)
      plain = ''
    }
    for (const part of parts)
      if (this.isShared(part)) {
        endPlain()
        items.push((part.comma ? AFTER_COMMA : PIECE) + this.nameOf(part.text))
      } else plain += part.comma ? `,${part.text}` : part.text
    endPlain()
    return asStored(text, this.inNodes(items))
  }

  private isShared({ text, isPiece }: Part): boolean {
    return isPiece && (this.isKnown || this.isRepeated(text))
  }

  private isRepeated(text: string): boolean {
    return this.repeated.size > 0 && this.repeated.get(text) !== undefined
  }

  private partsOf(text: string): readonly Part[] {
    let parts = this.cut.get(text)
    if (parts === undefined) {
      parts = partsOfText(text)
      this.cut.set(text, parts)
    }
    return parts
  }

  /** So many lists are a list as well, and those are not: whoever reads with SQL looks for lists in lists once. */
  private inNodes(items: readonly string[]): string[] {
    const lists = [...this.grouped(items.slice(0, -BEHIND), isShort), ...items.slice(-BEHIND)]
    return this.grouped(lists, (item) => item.startsWith(LIST))
  }

  private grouped(items: readonly string[], belongs: (item: string) => boolean): string[] {
    const grouped: string[] = []
    for (let at = 0; at < items.length; ) {
      const run = items.slice(at, at + NODE)
      if (run.length === NODE && run.every(belongs)) {
        grouped.push(LIST + this.nameOf(JSON.stringify(run)))
        at += NODE
      } else {
        grouped.push(items[at]!)
        at += 1
      }
    }
    return grouped
  }

  private nameOf(piece: string): string {
    const name = hash('sha256', piece, 'base64url').slice(0, 22)
    this.pieces.set(name, piece)
    return name
  }
}

function isShort(item: string): boolean {
  return !item.startsWith(PLAIN) || item.length <= LITTLE
}

function leastOf(field: keyof SpanTexts): number {
  return field === 'rest' ? REPEATED_BESIDE : REPEATED
}

function asStored(text: string, items: readonly string[]): string {
  return `${CUT}${String(text.length).padStart(DIGITS, '0')}${JSON.stringify(items)}`
}

/** True where one of the texts is kept in pieces. */
export function hasCut(texts: SpanTexts): boolean {
  return SPAN_TEXTS.some((field) => texts[field] !== undefined && isCut(texts[field]))
}

function isCut(text: string): boolean {
  return text.startsWith(CUT)
}

/** The names of the pieces that are needed to put stored texts together, and are not here: of a list that is not, its own. */
export function missingIn(texts: SpanTexts, pieces: ReadonlyMap<string, string>): Set<string> {
  const missing = new Set<string>()
  for (const field of SPAN_TEXTS) {
    const text = texts[field]
    if (text !== undefined && isCut(text)) addMissing(itemsOf(text), pieces, missing)
  }
  return missing
}

function addMissing(items: readonly string[], pieces: ReadonlyMap<string, string>, missing: Set<string>): void {
  for (const item of items) {
    if (item.startsWith(PLAIN)) continue
    const piece = pieces.get(item.slice(1))
    if (piece === undefined) missing.add(item.slice(1))
    else if (item.startsWith(LIST)) addMissing(listOf(piece), pieces, missing)
  }
}

/** The texts as they were before they were shared. */
export function wholeTexts(texts: SpanTexts, pieces: ReadonlyMap<string, string>): SpanTexts {
  const whole: SpanTexts = {}
  for (const field of SPAN_TEXTS) {
    const text = texts[field]
    if (text !== undefined) whole[field] = isCut(text) ? putTogether(itemsOf(text), pieces) : text
  }
  return whole
}

function itemsOf(text: string): string[] {
  return listOf(text.slice(CUT.length + DIGITS))
}

function listOf(text: string): string[] {
  try {
    return JSON.parse(text) as string[]
  } catch {
    throw changedByOthers('a list of pieces')
  }
}

/** @throws StoreError `internal` where a piece is missing: other hands took it away */
function putTogether(items: readonly string[], pieces: ReadonlyMap<string, string>): string {
  let text = ''
  for (const item of items) {
    if (item.startsWith(PLAIN)) {
      text += item.slice(1)
      continue
    }
    const piece = pieces.get(item.slice(1))
    if (piece === undefined) throw changedByOthers('whole')
    if (item.startsWith(LIST)) text += putTogether(listOf(piece), pieces)
    else text += item.startsWith(AFTER_COMMA) ? `,${piece}` : piece
  }
  return text
}
