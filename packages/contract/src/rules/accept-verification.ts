import { type AuditHead, DEFAULT_STREAM, type VerifyOptions } from '../audit.js'
import { acceptAll } from './accept-arguments.js'
import { acceptStream } from './accept-audit.js'
import { Fields } from './fields.js'
import { readItems } from './fields-source.js'

/** Most heads that a chain is held against in one verification. */
const MAX_CHECKPOINTS = 100_000

/** A verification that was checked. */
export interface AcceptedVerification extends Omit<VerifyOptions, 'checkpoints'> {
  stream: string
  checkpoints: readonly AuditHead[]
}

/** The stream to verify, and how. @throws StoreError `invalid` */
export function acceptVerification(stream: string | undefined, options: VerifyOptions = {}): AcceptedVerification {
  const told = new Fields('audit', { stream }, ['stream']).id('stream') ?? DEFAULT_STREAM
  const [name, accepted] = acceptAll(
    'verify',
    () => acceptStream(stream),
    () => acceptVerifyOptions(told, options),
  )
  return { stream: name, ...accepted }
}

function acceptVerifyOptions(stream: string, options: VerifyOptions): Omit<AcceptedVerification, 'stream'> {
  const fields = new Fields('verify', options, ['checkpoints', 'from', 'onProgress', 'signal'])
  const from = fields.has('from') ? readHead(fields, 'from', stream) : undefined
  const checkpoints = readCheckpoints(fields, stream)
  for (const [i, { seq }] of checkpoints.entries())
    if (from !== undefined && seq < from.seq)
      fields.problem(`checkpoints[${i}].seq`, 'is before `from`, where nothing is read; leave it out')
  const onProgress = fields.raw('onProgress')
  if (onProgress !== undefined && typeof onProgress !== 'function')
    fields.wrong('onProgress', onProgress, 'give a function')
  const signal = fields.raw('signal')
  if (signal !== undefined && !(signal instanceof AbortSignal)) fields.wrong('signal', signal, 'give an AbortSignal')
  fields.done()
  return { checkpoints, from, onProgress, signal } as Omit<AcceptedVerification, 'stream'>
}

function readCheckpoints(fields: Fields, stream: string): AuditHead[] {
  if (!fields.has('checkpoints')) return []
  const items = readItems(fields.raw('checkpoints'), MAX_CHECKPOINTS, 'checkpoints')
  if (typeof items !== 'string') return items.map((head, i) => readHead(fields, `checkpoints[${i}]`, stream, head))
  fields.problem('checkpoints', items)
  return []
}

/** A checkpoint, or any other head of the stream. When it was made tells nothing of the chain. */
function readHead(call: Fields, path: string, stream: string, head = call.raw(path)): AuditHead {
  const fields = new Fields('checkpoint', head, ['stream', 'seq', 'hash', 'at'], 'strict', path)
  const remedy = 'pass what checkpoint() or head() returned'
  const read = {
    stream: fields.required('stream', fields.id('stream'), remedy),
    seq: fields.required('seq', fields.integer('seq'), remedy),
    hash: fields.required('hash', fields.hash('hash'), remedy),
  }
  fields.time('at')
  if (read.stream !== undefined && read.stream !== stream)
    fields.problem('stream', 'is of another stream; verify that one')
  call.take(fields)
  return read
}

/** @throws StoreError `invalid` */
export function acceptRecords(
  stream: string | undefined,
  after: number | undefined,
): { stream: string; after: number } {
  const fields = new Fields('audit', { stream, after }, ['stream', 'after'])
  const accepted = { stream: fields.id('stream') ?? DEFAULT_STREAM, after: fields.integer('after') ?? 0 }
  fields.done()
  return accepted
}
