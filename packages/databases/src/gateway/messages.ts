import { type Document, decode, encode } from './documents.js'

const OP_REPLY = 1
const OP_QUERY = 2004
const OP_MSG = 2013
const HEADER = 16
const CHECKSUM = 1
const MORE_TO_COME = 2

/** A command of a client, as it came. */
export interface Request {
  id: number
  /** Older clients shake hands in an older form, and are answered in it. */
  legacy: boolean
  silent: boolean
  database: string
  command: Document
  raw: Buffer
  /** Documents of the command that came beside it, and the field they stand for. */
  sequence?: { field: string; raw: Buffer }
}

/** Splits what arrives into messages, which may come in any pieces. */
export class Splitter {
  private pieces: Buffer[] = []
  private length = 0

  /** The messages that this piece completes. */
  push(piece: Buffer): Buffer[] {
    const messages: Buffer[] = []
    this.pieces.push(piece)
    this.length += piece.length
    while (this.length >= 4) {
      if (this.pieces[0]!.length < 4) this.join()
      const size = this.pieces[0]!.readInt32LE(0)
      if (this.length < size) break
      const all = this.join()
      const rest = all.subarray(size)
      this.pieces = rest.length > 0 ? [rest] : []
      this.length = rest.length
      messages.push(all.subarray(0, size))
    }
    return messages
  }

  private join(): Buffer {
    if (this.pieces.length > 1) this.pieces = [Buffer.concat(this.pieces)]
    return this.pieces[0]!
  }
}

/** Throws on a message of a kind that clients no longer send. */
export function parse(message: Buffer): Request {
  const id = message.readInt32LE(4)
  const kind = message.readInt32LE(12)
  if (kind === OP_MSG) return parseMsg(id, message)
  if (kind === OP_QUERY) return parseQuery(id, message)
  throw new Error(`a message of the unknown kind ${kind}`)
}

function parseMsg(id: number, message: Buffer): Request {
  const flags = message.readUInt32LE(HEADER)
  const end = message.length - (flags & CHECKSUM ? 4 : 0)
  let raw: Buffer | undefined
  let sequence: Request['sequence']
  for (let at = HEADER + 4; at < end; ) {
    const isSequence = message[at++] === 1
    const next = at + message.readInt32LE(at)
    if (isSequence) {
      const zero = message.indexOf(0, at + 4)
      sequence = { field: message.toString('utf8', at + 4, zero), raw: message.subarray(zero + 1, next) }
    } else raw = message.subarray(at, next)
    at = next
  }
  if (raw === undefined) throw new Error('a message without a command')
  const command = decode(raw)
  return {
    id,
    legacy: false,
    silent: (flags & MORE_TO_COME) !== 0,
    database: String(command.$db ?? 'admin'),
    command,
    raw,
    sequence,
  }
}

function parseQuery(id: number, message: Buffer): Request {
  const zero = message.indexOf(0, HEADER + 4)
  const [database = 'admin'] = message.toString('utf8', HEADER + 4, zero).split('.')
  const at = zero + 9
  const raw = message.subarray(at, at + message.readInt32LE(at))
  return { id, legacy: true, silent: false, database, command: decode(raw), raw }
}

let replies = 0

export function reply(request: Request, body: Buffer | Document): Buffer {
  const document = Buffer.isBuffer(body) ? body : encode(body)
  const extra = request.legacy ? 20 : 5
  const head = Buffer.alloc(HEADER + extra)
  head.writeInt32LE(head.length + document.length, 0)
  head.writeInt32LE(++replies, 4)
  head.writeInt32LE(request.id, 8)
  head.writeInt32LE(request.legacy ? OP_REPLY : OP_MSG, 12)
  if (request.legacy) {
    const AWAIT_CAPABLE = 8
    head.writeInt32LE(AWAIT_CAPABLE, HEADER)
    head.writeInt32LE(1, HEADER + 16)
  }
  return Buffer.concat([head, document])
}
