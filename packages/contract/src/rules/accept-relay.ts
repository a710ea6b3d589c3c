import { RELAY_STARTS, type RelayStart, type Settlement } from '../relay.js'
import { compact, Fields } from './fields.js'
import { readItems } from './fields-source.js'
import { cutText } from './text.js'

/** Most approvals of one taking, and of one settling; most letters of one approval that die at once. */
const [MAX_TAKEN, MAX_SETTLED, MAX_DEAD] = [500, 1_000, 100]
const TAKEN = 100
/** Most characters that are kept of a reason. */
const MAX_REASON = 1_000
/** Longest pause until a failure is tried again, in milliseconds. */
const MAX_PAUSE = 30 * 86_400_000

/** @throws StoreError `invalid` */
export function acceptConsumer(consumer: unknown): string {
  const fields = new Fields('consumer', { consumer }, ['consumer'])
  const name = nameOf(fields, 'consumer')
  fields.done()
  return name
}

/** @throws StoreError `invalid` */
export function acceptRegistration(consumer: unknown, options: { from?: RelayStart } = {}) {
  const fields = new Fields('consumer', { consumer }, ['consumer'])
  const name = nameOf(fields, 'consumer')
  const own = new Fields('register', options, ['from'])
  const from = own.choice('from', RELAY_STARTS)
  fields.take(own)
  fields.done()
  return { name, from }
}

/** @throws StoreError `invalid` */
export function acceptHolder(consumer: unknown, holder: unknown, options: { limit?: number } = {}) {
  const fields = new Fields('consumer', { consumer, holder }, ['consumer', 'holder'])
  const [name, by] = [nameOf(fields, 'consumer'), nameOf(fields, 'holder')]
  const own = new Fields('take', options, ['limit'])
  const limit = own.integer('limit', 1, MAX_TAKEN) ?? TAKEN
  fields.take(own)
  fields.done()
  return { name, holder: by, limit }
}

/** @throws StoreError `invalid` */
export function acceptSettlements(consumer: unknown, results: unknown): { name: string; results: Settlement[] } {
  const fields = new Fields('consumer', { consumer }, ['consumer'])
  const name = nameOf(fields, 'consumer')
  const accepted = itemsOf(fields, results, 'results', MAX_SETTLED, settlementOf)
  const known = new Set<string>()
  for (const [i, { tenant, approvalId }] of accepted.entries()) {
    const key = JSON.stringify([tenant, approvalId])
    if (known.has(key)) fields.problem(`results[${i}]`, 'is of the same approval as one before it; settle each once')
    known.add(key)
  }
  fields.done()
  return { name, results: accepted }
}

function settlementOf(value: unknown, path: string, fields: Fields): Settlement {
  const known = ['tenant', 'approvalId', 'requestedAt', 'seq', 'failure', 'dead']
  const own = new Fields('result', value, known, 'strict', path)
  const tenant = nameOf(own, 'tenant')
  const approvalId = nameOf(own, 'approvalId')
  const requestedAt = own.time('requestedAt')
  const seq = own.required('seq', own.integer('seq'), 'give up to which event it was told, or 0')
  const failure = own.has('failure') ? failureOf(own, own.raw('failure'), `${path}.failure`) : undefined
  const dead = own.has('dead')
    ? itemsOf(own, own.raw('dead'), `${path}.dead`, MAX_DEAD, (letter, at) => letterOf(own, letter, at, seq))
    : undefined
  fields.take(own)
  return compact({ tenant, approvalId, requestedAt, seq, failure, dead })
}

function failureOf(fields: Fields, value: unknown, path: string): NonNullable<Settlement['failure']> {
  const own = new Fields('failure', value, ['reason', 'retryIn'], 'strict', path)
  const failure = {
    reason: reasonOf(own),
    retryIn: own.required('retryIn', own.integer('retryIn', 0, MAX_PAUSE), 'give milliseconds'),
  }
  fields.take(own)
  return failure
}

function letterOf(fields: Fields, value: unknown, path: string, told: number): { seq: number; reason: string } {
  const own = new Fields('dead letter', value, ['seq', 'reason'], 'strict', path)
  const seq = own.required('seq', own.integer('seq', 1), 'give the number of the event')
  if (seq > told)
    own.problem('seq', 'is after the `seq` of the result, up to which all is told or given up; raise that')
  const letter = { seq, reason: reasonOf(own) }
  fields.take(own)
  return letter
}

function reasonOf(fields: Fields): string {
  const reason = fields.text('reason', Number.POSITIVE_INFINITY)
  return cutText(fields.required('reason', reason, 'say why') ?? '', MAX_REASON)
}

function nameOf(fields: Fields, field: string): string {
  return fields.required(field, fields.id(field), 'give a name')
}

/** The items of a list, each read by its path. */
function itemsOf<T>(
  fields: Fields,
  value: unknown,
  what: string,
  most: number,
  read: (item: unknown, path: string, fields: Fields) => T,
): T[] {
  const items = readItems(value, most, 'results')
  if (typeof items !== 'string') return items.map((item, i) => read(item, `${what}[${i}]`, fields))
  fields.problem(what, items)
  return []
}
