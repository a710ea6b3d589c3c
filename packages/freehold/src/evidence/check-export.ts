import { createHash, type KeyObject } from 'node:crypto'
import type {
  FileFinding,
  FileProgress,
  FileVerification,
  KeptCheckpoint,
  Segment,
  Selection,
  Vouched,
} from './format.js'
import { fieldsIn, fieldsOf, linesOf, objectOf } from './lines.js'
import { checkpointText, sha256, signerOf } from './signatures.js'

type Fields = Record<string, unknown>
type Finding = Omit<FileFinding, 'status' | 'file'>

export interface CheckOptions {
  checkpoints: readonly Vouched[]
  /** Set: every checkpoint that is used must be signed by one of them. */
  keys: readonly KeyObject[]
  onProgress?: (progress: FileProgress) => void
  signal?: AbortSignal
}

/** What the first entry of a stream follows. */
const GENESIS = '0'.repeat(64)
/** How many lines are read between two tellings of progress. */
const PROGRESS = 1000

/** Verifies an export by itself. @throws what reading the file throws, and the signal's reason */
export async function checkExport(path: string, file: string, options: CheckOptions): Promise<FileVerification> {
  const check = new ExportCheck(options.checkpoints, options.keys)
  const hash = createHash('sha256')
  const hashOfLines = () => hash.copy().digest('hex')
  let line = 0
  for await (const bytes of linesOf(path)) {
    line += 1
    const finding = check.line(objectOf(bytes), line, hashOfLines)
    if (finding !== undefined) return { status: 'tampered', file, ...finding }
    hash.update(bytes)
    if (line % PROGRESS === 0) options.onProgress?.({ line, entries: check.entries })
    options.signal?.throwIfAborted()
  }
  const finding = check.atEnd(line + 1)
  if (finding !== undefined) return { status: 'tampered', file, ...finding }
  options.onProgress?.({ line, entries: check.entries })
  return check.result()
}

/** Whether an entry is one that an export was asked for. */
export function isSelected(entry: Fields, selection: Selection): boolean {
  const { from = 0, to = Number.POSITIVE_INFINITY, ...equal } = selection
  const time = Number(entry.time)
  return time >= from && time < to && Object.entries(equal).every(([field, value]) => entry[field] === value)
}

function placeOf({ stream, seq }: { stream: string; seq: number }): string {
  return `${seq} ${stream}`
}

/** Reads an export line by line; the first thing wrong is what it reports. */
class ExportCheck {
  entries = 0
  private used = 0
  private tenant = ''
  private selection: Selection = {}
  private done = false
  private readonly segments: Segment[] = []
  /** By their places. */
  private readonly checkpoints = new Map<string, KeptCheckpoint[]>()
  private kept: KeptCheckpoint[] = []
  private number = 0
  private header = false
  private open: Segment | undefined
  private hashBefore: string | undefined
  /** Set: an entry is not where it belongs, and may come later. */
  private gap: Finding | undefined

  constructor(
    private readonly vouched: readonly Vouched[],
    private readonly keys: readonly KeyObject[],
  ) {}

  line(value: Fields | undefined, number: number, hashOfLines: () => string): Finding | undefined {
    this.number = number
    if (this.gap !== undefined) return this.findLater(value)
    if (value === undefined) return this.wrong('the line is not as it was written')
    if (!this.header) return this.begin(value)
    if (this.open !== undefined) return 'text' in value ? this.entry(this.open, value) : this.close(this.open, value)
    if (this.done) return this.wrong('something follows the end')
    return 'end' in value ? this.end(fieldsOf(value.end), hashOfLines()) : this.segment(fieldsOf(value.segment))
  }

  atEnd(number: number): Finding | undefined {
    this.number = number
    if (this.gap !== undefined) return this.gap
    return this.done ? undefined : this.wrong('the file ends before its last line', 'truncated')
  }

  result(): FileVerification {
    const { tenant, selection, entries, segments, used } = this
    return { status: 'ok', tenant, selection, entries, segments, checkpoints: used }
  }

  private begin(value: Fields): Finding | undefined {
    if (value.freehold !== 'audit export 1') return this.wrong('the first line is not that of an export')
    this.header = true
    this.tenant = String(value.tenant)
    this.selection = fieldsOf(value.selection)
    this.kept = this.vouched
      .map((one) => ('checkpoint' in one ? one : { checkpoint: { at: 0, ...one }, tenant: this.tenant }))
      .filter(({ tenant }) => tenant === this.tenant)
    for (const one of this.kept) {
      const place = placeOf(one.checkpoint)
      this.checkpoints.set(place, [...(this.checkpoints.get(place) ?? []), one])
    }
    return undefined
  }

  private segment({ stream, seq, hash, whole }: Fields): Finding | undefined {
    if (typeof stream !== 'string' || !Number.isSafeInteger(seq)) return this.wrong('no part of a stream begins here')
    const from = { stream, seq: seq as number, hash: String(hash) }
    if (seq === 0 && hash !== GENESIS) return this.wrong('a stream does not begin so')
    this.open = { stream, entries: 0, selected: 0, from, head: from, whole: whole === true }
    this.hashBefore = undefined
    return this.vouch(this.open)
  }

  private entry(open: Segment, { previousHash, hash, text }: Fields): Finding | undefined {
    const next = open.head.seq + 1
    if (sha256(`${previousHash}\n${text}`) !== hash) return this.wrong(`entry ${next} does not match its hash`)
    const entry = fieldsIn(String(text))
    if (entry.tenant !== this.tenant || entry.stream !== open.stream) return this.wrong('an entry is of another stream')
    if (Number(entry.seq) > next) {
      this.gap = { ...this.wrong(`entry ${next} is not there`), found: 'missing' }
      return undefined
    }
    if (entry.seq !== next) return this.wrong(`entry ${entry.seq} is there twice`, 'forked', Number(entry.seq))
    if (previousHash !== open.head.hash) {
      if (previousHash === this.hashBefore) return this.wrong(`two entries follow entry ${next - 2}`, 'forked')
      const before = Math.max(next - 1, open.from.seq + 1)
      return this.wrong(`entry ${next} does not follow entry ${next - 1}`, 'modified', before)
    }
    this.hashBefore = open.head.hash
    open.head = { stream: open.stream, seq: next, hash: String(hash) }
    open.entries += 1
    this.entries += 1
    if (isSelected(entry, this.selection)) open.selected += 1
    return this.vouch(open)
  }

  private vouch(open: Segment): Finding | undefined {
    const { seq, hash } = open.head
    for (const kept of this.checkpoints.get(placeOf(open.head)) ?? []) {
      const { checkpoint, signature } = kept
      if (checkpoint.hash !== hash)
        return this.wrong(`entry ${seq} is not the one the checkpoint vouches for`, 'checkpoint', seq)
      if (this.keys.length > 0 && signerOf(checkpointText(kept), signature, this.keys) === undefined)
        return this.wrong(`the checkpoint of entry ${seq} is not signed by the key`, 'checkpoint', seq)
      open.vouched = { seq, at: checkpoint.at, signed: this.keys.length > 0 }
      this.used += 1
    }
    return undefined
  }

  private close(open: Segment, value: Fields): Finding | undefined {
    if (!('head' in value)) return this.wrong('the line is none of a segment')
    const head = fieldsOf(value.head)
    const { stream, seq, hash } = open.head
    if (Number(head.seq) > seq) return this.wrong(`the entries end at ${seq}, not at ${head.seq}`, 'truncated')
    if (head.stream !== stream || head.seq !== seq || head.hash !== hash)
      return this.wrong('the head is another one', 'modified', seq)
    const ahead = this.kept.find(({ checkpoint }) => checkpoint.stream === stream && checkpoint.seq > seq)
    if (open.whole && ahead !== undefined)
      return this.wrong(`the stream ends at ${seq}, not at ${ahead.checkpoint.seq}`, 'truncated')
    this.segments.push(open)
    this.open = undefined
    return undefined
  }

  private end(told: Fields, sha256: string): Finding | undefined {
    this.done = true
    const end = { segments: this.segments.length, entries: this.entries, sha256 }
    if (JSON.stringify(told) === JSON.stringify(end)) return undefined
    return this.wrong('the last line tells of other lines than are there')
  }

  private findLater(value: Fields | undefined): Finding | undefined {
    const { seq, stream } = this.gap!
    if (value === undefined || !('text' in value)) return this.gap
    const entry = fieldsIn(String(value.text))
    const isIt = entry.seq === seq && entry.stream === stream
    return isIt ? { ...this.gap!, found: 'reordered', detail: `entry ${seq} stands further down` } : undefined
  }

  private wrong(detail: string, found: Finding['found'] = 'modified', seq?: number): Finding {
    return {
      found,
      detail,
      line: this.number,
      ...(this.open && { stream: this.open.stream, seq: seq ?? this.open.head.seq + 1 }),
    }
  }
}
