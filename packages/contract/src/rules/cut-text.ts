/** Shortest piece that is worth a place of its own, in UTF-16 units: what names it takes a tenth of that. */
const LEAST = 256
/** Longest piece of what has no structure, and where it is cut at the first blank. */
const MOST = 8192
const BLANK_FROM = 4096
/** From how many units on the beginning or the end of something, which seldom comes again, is a piece. */
const LONG_FRAME = 2048

/** A part of a text: a piece that may come again elsewhere, with or without a comma before it, or what stands between pieces. */
export interface Part {
  text: string
  isPiece: boolean
  /** A comma stands before the piece, which is the same piece as the first or the only one of a list. */
  comma: boolean
}

/** Between the items of a list of objects, and around them: also of a list that is JSON within a text of JSON. */
const SEAM = /\[(?=\{)|\}(?=,\{|\])/g

/**
 * Cuts JSON text where one text that goes on from another, as a conversation does, is cut as that one was: between the items
 * of lists, and where an item is long, at blanks. The parts put together are the text.
 */
export function partsOfText(text: string): Part[] {
  const parts: Part[] = []
  let items = ''
  const endItems = (): void => {
    if (items !== '') add(parts, items, items.length >= LEAST)
    items = ''
  }
  let isFirst = true
  for (const segment of segmentsOf(text)) {
    // What a text begins with is around its lists, though it may look like an item.
    if (!isFirst && isItem(segment)) {
      items += segment
      if (items.length >= LEAST) endItems()
      continue
    }
    isFirst = false
    endItems()
    add(parts, segment, segment.length >= LONG_FRAME)
  }
  endItems()
  return parts
}

function* segmentsOf(text: string): Generator<string> {
  let from = 0
  for (const { index } of text.matchAll(SEAM)) {
    yield text.slice(from, index + 1)
    from = index + 1
  }
  if (from < text.length) yield text.slice(from)
}

function isItem(segment: string): boolean {
  return segment.startsWith('{') || segment.startsWith(',{')
}

function add(parts: Part[], text: string, isPiece: boolean): void {
  if (!isPiece) {
    const last = parts.at(-1)
    if (last?.isPiece === false) last.text += text
    else parts.push({ text, isPiece, comma: false })
    return
  }
  const comma = text.startsWith(',')
  let from = comma ? 1 : 0
  while (text.length - from > MOST) {
    const end = endOfPiece(text, from)
    parts.push({ text: text.slice(from, end), isPiece, comma: comma && from === 1 })
    from = end
  }
  parts.push({ text: text.slice(from), isPiece, comma: comma && from === 1 })
}

/** At the first blank after half of the most; never within a character. */
function endOfPiece(text: string, from: number): number {
  const blank = text.indexOf(' ', from + BLANK_FROM)
  if (blank >= 0 && blank < from + MOST) return blank
  const end = from + MOST
  return text.codePointAt(end - 1)! > 0xffff ? end + 1 : end
}
