import {
  type AuditInput,
  acceptShape,
  type Fields,
  newId,
  type Shape,
  StoreError,
  type TenantStorage,
} from '@freehold/contract'
import type { AgentEvent } from './agent-event.js'
import { writeApart } from './apart.js'
import { auditRecord } from './audit-record.js'
import { inBackground } from './background.js'
import { calledOf, inputsOf } from './called.js'
import { inForeground } from './foreground.js'
import type { Hook } from './hook.js'
import { codecOf } from './kept-record.js'
import { acceptHook, type HookOptions, hookFields, recordIn } from './options.js'
import { type AgentHook, withSockets } from './sockets.js'
import { checkStorage } from './storage.js'
import type { Kind } from './way.js'

export interface AuditHookOptions<E = AgentEvent> extends HookOptions {
  /**
   * What is written of an event, which may be several entries, or nothing. At once, and no promise: what comes later would be lost
   * with the process. Unless told, who did what and how it ended: no input, no output, no arguments.
   */
  record?: (event: E) => AuditInput | readonly AuditInput[] | undefined
  /** Of entries that name none; `main` unless told. */
  stream?: string
  /** Of entries that name none: its name, or the shape itself, which is defined before the first entry is written. */
  shape?: string | Shape
}

type Entry = AuditInput & { id: string }

/**
 * Writes an entry of the audit for what an agent did: a post-hook.
 *
 * ```ts
 * const audit = auditHook(storage, { background: true, spool: { directory: '/var/lib/agent/spool' } })
 * await generateText({ model, prompt, ...audit.aiSdk({ agentId: 'support' }) })
 * ```
 *
 * @throws StoreError `invalid`, naming every wrong option
 */
export function auditHook(storage: TenantStorage, options?: AuditHookOptions): AgentHook
export function auditHook<E>(
  storage: TenantStorage,
  options: AuditHookOptions<E> & Required<Pick<AuditHookOptions<E>, 'record'>>,
): Hook<E>
export function auditHook<E>(storage: TenantStorage, options: AuditHookOptions<E> = {}): Hook<E> {
  const fields = hookFields('audit hook', options, ['stream', 'shape'])
  checkStorage(fields, storage, 'audit', 'append')
  const stream = fields.id('stream')
  const shape = shapeIn(fields)
  const settings = acceptHook(fields)
  const record = recordIn<E, AuditInput>(fields, auditRecord)
  const kind = kindOf(storage, typeof shape === 'object' ? shape : undefined)
  const way = settings.background
    ? inBackground(kind, codecOf('audit', storage?.tenantId), settings, fields)
    : inForeground(kind, settings)
  fields.done()
  const name = typeof shape === 'object' ? shape.name : shape
  const called = calledOf(way!, settings, (event: E) => {
    const time = Date.now()
    return inputsOf(record, event).map((input) => entryOf(input, { time, stream, shape: name }))
  })
  return withSockets(called, settings)
}

/** What is absent stays so: a field that is there and undefined would not be read from the disk again. */
function entryOf(input: AuditInput, unless: Partial<AuditInput>): Entry {
  const entry: Entry = { ...input, id: input.id ?? newId() }
  for (const [field, value] of Object.entries(unless) as [keyof AuditInput, never][])
    if (entry[field] === undefined && value !== undefined) entry[field] = value
  return entry
}

function shapeIn(fields: Fields): string | Shape | undefined {
  const given = fields.raw('shape')
  if (typeof given !== 'object' || given === null) return fields.name('shape')
  try {
    return acceptShape(given as Shape)
  } catch (error) {
    if (!StoreError.is(error, 'invalid')) throw error
    for (const { field, message } of error.problems) fields.problem(`shape.${field}`, message)
    return undefined
  }
}

function kindOf({ audit }: TenantStorage, shape: Shape | undefined): Kind<Entry> {
  let defining: Promise<void> | undefined
  const define = async (shape: Shape) => {
    defining ??= audit.define(shape)
    try {
      await defining
    } catch (cause) {
      defining = undefined
      // Nothing is wrong with the entries: they wait until somebody mends it.
      if (!StoreError.is(cause) || cause.retryable) throw cause
      throw new StoreError('unsupported', `the shape ${shape.name} could not be defined: ${cause.message}`, { cause })
    }
  }
  return {
    noun: 'audit entry of a hook',
    idOf: ({ id }) => id,
    async write(entries) {
      if (shape !== undefined) await define(shape)
      return writeApart(entries, (part) => audit.append(part))
    },
  }
}
