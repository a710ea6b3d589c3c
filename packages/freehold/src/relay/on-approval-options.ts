import { APPROVAL_EVENT_TYPES, type ApprovalEventType, Fields } from '@freehold/contract'
import { warnOfAny } from '../warn-of-any.js'
import type { ApprovalNotice } from './notice.js'
import type { WebhookTarget } from './webhook.js'

export interface OnApprovalOptions {
  /** Names who is told, over all processes and for good: what was told under this name is not told again. Another name for each. */
  name: string
  /** Where to send what happens, as a webhook; either this or `call`. */
  url?: string
  /** Of a webhook, as Standard Webhooks write it: `whsec_` and 24 to 64 bytes in base64. Needed with `url`. */
  secret?: string
  /** Sent with every webhook, such as an authorization. */
  headers?: Readonly<Record<string, string>>
  /** Called with what happens, one at a time for each approval; what it throws, or takes too long for, is tried again. Either this or `url`. */
  call?(notice: ApprovalNotice, signal: AbortSignal): void | Promise<void>
  /** What to tell of; all unless told. */
  events?: readonly ApprovalEventType[]
  /** `now` unless told: what happened before this name was first used is passed over. */
  from?: 'start' | 'now'
  /** How often it is tried before it is a dead letter; 20 unless told, which is about a day and a half. */
  tries?: number
  /** Longest time of one try, in milliseconds, 100 to 15,000; 10,000 unless told. */
  timeout?: number
  /** Longest time until something is told, in milliseconds, at least 10; 1,000 unless told. */
  interval?: number
  /** Told of what could not be told, and what the database says. A process warning unless told. */
  onError?(error: unknown): void
}

export interface AcceptedOnApproval {
  name: string
  target?: WebhookTarget
  call?: OnApprovalOptions['call']
  events: ReadonlySet<ApprovalEventType>
  from: 'start' | 'now' | undefined
  tries: number
  timeout: number
  interval: number
  onError(error: unknown): void
}

const KNOWN = ['name', 'url', 'secret', 'headers', 'call', 'events', 'from', 'tries', 'timeout', 'interval', 'onError']
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/
const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const OURS =
  /^(webhook-|content-type$|content-length$|host$|user-agent$|connection$|keep-alive$|transfer-encoding$|upgrade$|expect$|te$|trailer$)/i

/** @throws StoreError `invalid` */
export function acceptOnApproval(options: OnApprovalOptions): AcceptedOnApproval {
  const fields = new Fields('onApproval options', options, KNOWN)
  const name = fields.required('name', fields.id('name'), 'name who is told')
  if (name?.startsWith('freehold:')) fields.problem('name', 'is kept for what this package tells; give one of your own')
  if (fields.has('url') === fields.has('call'))
    fields.problem('url', 'and call are both given, or none is; give one of them')
  for (const field of ['call', 'onError'])
    if (fields.has(field) && typeof fields.raw(field) !== 'function')
      fields.problem(field, 'is not a function; give one, or leave it out')
  const timeout = fields.integer('timeout', 100, 15_000) ?? 10_000
  const target = fields.has('url') ? targetOf(fields, timeout) : undefined
  for (const field of ['secret', 'headers'])
    if (fields.has(field) && !fields.has('url')) fields.problem(field, 'is of a webhook; give a url, or leave it out')
  const accepted = {
    name,
    ...(target === undefined ? {} : { target }),
    ...(fields.has('call') ? { call: options.call } : {}),
    events: eventsOf(fields),
    from: fields.choice('from', ['start', 'now'] as const),
    tries: fields.integer('tries', 1, 1_000) ?? 20,
    timeout,
    interval: fields.integer('interval', 10, 3_600_000) ?? 1_000,
    onError: options.onError ?? warnOfAny,
  }
  fields.done()
  return accepted
}

function targetOf(fields: Fields, timeout: number): WebhookTarget | undefined {
  const text = fields.text('url')
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    fields.problem('url', 'is no address of http or https; give one')
  else if (url.username !== '' || url.password !== '')
    fields.problem('url', 'holds a user or a password; send them in headers')
  const [, base64] = SECRET.exec(fields.text('secret') ?? '') ?? []
  const secret = Buffer.from(base64 ?? '', 'base64')
  if (!fields.has('secret')) fields.problem('secret', 'is missing; give whsec_ and 24 to 64 bytes in base64')
  else if (secret.length < 24 || secret.length > 64)
    fields.problem('secret', 'is not whsec_ and 24 to 64 bytes in base64; give one that is')
  return url === undefined ? undefined : { url, secret, headers: headersOf(fields), timeout }
}

function headersOf(fields: Fields): Record<string, string> {
  const given = fields.object('headers') ?? {}
  for (const [name, value] of Object.entries(given)) {
    if (!HEADER.test(name) || typeof value !== 'string' || /[^\t\x20-\x7e\x80-\xff]/.test(value))
      fields.problem('headers', 'has one that no request can have; give names and plain texts')
    else if (OURS.test(name)) fields.problem('headers', `has ${name.toLowerCase()}, which is set here; leave it out`)
  }
  return given as Record<string, string>
}

function eventsOf(fields: Fields): ReadonlySet<ApprovalEventType> {
  const given = fields.raw('events')
  if (given === undefined) return new Set(APPROVAL_EVENT_TYPES)
  if (!Array.isArray(given) || given.length === 0 || !given.every((type) => APPROVAL_EVENT_TYPES.includes(type)))
    fields.problem('events', `are not some of ${APPROVAL_EVENT_TYPES.join(', ')}; give these, or leave it out`)
  return new Set(given as ApprovalEventType[])
}
