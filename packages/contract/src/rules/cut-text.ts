/** Shortest piece that is worth a place of its own, in UTF-16 units: what names it takes a tenth of that. */
const LEAST = 256
/** The same of what stands around texts: it is mostly what stood around those before. */
const LEAST_AROUND = 32
/** Longest piece of what has no structure, and where it is cut at the first blank. */
const MOST = 8192
const BLANK_FROM = 4096

/** A part of a text: a piece that may come again elsewhere, with or without a comma before it, or what stands between pieces. */
export interface Part {
  text: string
  isPiece: boolean
  /** A comma stands before the piece, which is the same piece as the first or the only one of a list. */
  comma: boolean
}

/** An item that is longer is cut as well, where it has lists within, and those have, so many times. */
const LONG_ITEM = 2048
const LEVELS = 8

/**
 * The seams are between the items of a list of objects, and around them: also of a list that is JSON within a text of JSON,
 * which other languages write with a blank behind the comma.
 */
const LIST_START = '[{'
const ITEM_END = '}'
const AFTER_ITEM = [',{', ', {', ']']
const ITEM = /^(, ?)?\{/

/** Where a list of objects begins, goes on or ends, and in how many others it lies, as far as these seams tell. */
interface Seam {
  at: number
  level: number
}

/**
 * Cuts JSON text where one text that goes on from another, as a conversation does, is cut as that one was: between the items
 * of lists, around what was said in them, and where an item is long, between those of lists within it, or else at blanks. The
 * parts put together are the text.
 */
export function partsOfText(text: string): Part[] {
  const parts = new Parts()
  cut(text, { from: 0, to: text.length, seams: seamsOf(text), level: 1 }, parts)
  return parts.all()
}

function seamsOf(text: string): Seam[] {
  const seams: Seam[] = []
  let level = 0
  let list = text.indexOf(LIST_START)
  let end = text.indexOf(ITEM_END)
  while (list >= 0 || end >= 0)
    if (end < 0 || (list >= 0 && list < end)) {
      level += 1
      seams.push({ at: list + 1, level })
      list = text.indexOf(LIST_START, list + 1)
    } else {
      if (AFTER_ITEM.some((next) => text.startsWith(next, end + 1))) {
        seams.push({ at: end + 1, level })
        if (text[end + 1] === ']') level -= 1
      }
      end = text.indexOf(ITEM_END, end + 1)
    }
  return seams
}

interface Stretch {
  from: number
  to: number
  /** Those within it, and of which level its own are. */
  seams: readonly Seam[]
  level: number
}

function cut(text: string, { from, to, seams, level }: Stretch, parts: Parts): void {
  let start = from
  let first = 0
  const take = (end: number, next: number): void => {
    const segment = text.slice(start, end)
    // What a stretch begins with is around its lists, though it may look like an item.
    const isItem = start > from && ITEM.test(segment)
    const within = isItem && segment.length > LONG_ITEM && level < LEVELS ? seams.slice(first, next) : []
    if (!isItem) parts.end()
    if (within.length > 0) cut(text, { from: start, to: end, seams: within, level: level + 1 }, parts)
    else parts.take(segment)
    if (!isItem) parts.end()
    start = end
  }
  for (const [place, seam] of seams.entries()) {
    if (seam.level !== level) continue
    take(seam.at, place)
    first = place + 1
  }
  if (start < to) take(to, seams.length)
}

/**
 * Where somebody said something long, between two quotes: an answer is a message of the conversation that goes on, with other
 * words around it. The backslashes at its end are those of a quote that is itself within a text.
 */
function* saidIn(text: string): Generator<[from: number, to: number]> {
  for (let from = 0; from < text.length; ) {
    const quote = text.indexOf('"', from)
    const next = quote < 0 ? text.length : quote
    let end = next
    while (end > from && text[end - 1] === '\\') end -= 1
    if (end - from >= LEAST) yield [from, end]
    from = next + 1
  }
}

/** The parts of a text, from its beginning on. */
class Parts {
  private readonly parts: Part[] = []
  /** What is too short to be a piece, so far. */
  private short = ''

  take(segment: string): void {
    let from = 0
    for (const [start, end] of saidIn(segment)) {
      this.short += segment.slice(from, start)
      this.end(LEAST_AROUND)
      this.add(segment.slice(start, end), true)
      from = end
    }
    this.short += segment.slice(from)
    if (this.short.length >= LEAST) this.end()
  }

  /** Whatever comes next is no part of what came before. */
  end(least = LEAST): void {
    if (this.short !== '') this.add(this.short, this.short.length >= least)
    this.short = ''
  }

  all(): Part[] {
    this.end()
    return this.parts
  }

  private add(text: string, isPiece: boolean): void {
    if (!isPiece) {
      const last = this.parts.at(-1)
      if (last?.isPiece === false) last.text += text
      else this.parts.push({ text, isPiece, comma: false })
      return
    }
    const comma = text.startsWith(',')
    let from = comma ? 1 : 0
    while (text.length - from > MOST) {
      const end = endOfPiece(text, from)
      this.parts.push({ text: text.slice(from, end), isPiece, comma: comma && from === 1 })
      from = end
    }
    this.parts.push({ text: text.slice(from), isPiece, comma: comma && from === 1 })
  }
}

/** At the first blank after half of the most; never within a character. */
function endOfPiece(text: string, from: number): number {
  const blank = text.indexOf(' ', from + BLANK_FROM)
  if (blank >= 0 && blank < from + MOST) return blank
  const end = from + MOST
  return text.codePointAt(end - 1)! > 0xffff ? end + 1 : end
}
