import { newId, type TenantStorage } from '@freehold/contract'
import type { AgentEvent } from './agent-event.js'
import { inBackground } from './background.js'
import { calledOf, inputsOf } from './called.js'
import { inForeground } from './foreground.js'
import type { Hook } from './hook.js'
import { codecOf } from './kept-record.js'
import { acceptHook, type HookOptions, hookFields, recordIn } from './options.js'
import { type SessionRecord, sessionRecord } from './session-record.js'
import { type AgentHook, withSockets } from './sockets.js'
import { checkStorage } from './storage.js'
import type { Kind } from './way.js'
import { type SessionRun, writeRuns } from './write-runs.js'

export interface SessionHookOptions<E = AgentEvent> extends HookOptions {
  /**
   * What is written of an event, or nothing. At once, and no promise: what comes later would be lost with the process. Unless told,
   * each run with its input, output, messages, usage and status; an event must name its session then, and tools are no runs.
   */
  record?: (event: E) => SessionRecord | readonly SessionRecord[] | undefined
}

/**
 * Appends what an agent did to a session, which is saved if it is new: a post-hook. A run that is there and did not end, such as one that
 * paused for a person, is ended.
 *
 * ```ts
 * const sessions = sessionHook(storage)
 * await generateText({ model, prompt, ...sessions.aiSdk({ sessionId, input: prompt }) })
 * ```
 *
 * @throws StoreError `invalid`, naming every wrong option
 */
export function sessionHook(storage: TenantStorage, options?: SessionHookOptions): AgentHook
export function sessionHook<E>(
  storage: TenantStorage,
  options: SessionHookOptions<E> & Required<Pick<SessionHookOptions<E>, 'record'>>,
): Hook<E>
export function sessionHook<E>(storage: TenantStorage, options: SessionHookOptions<E> = {}): Hook<E> {
  const fields = hookFields('session hook', options, [])
  checkStorage(fields, storage, 'sessions', 'appendRuns')
  const settings = acceptHook(fields)
  const record = recordIn<E, SessionRecord>(fields, sessionRecord)
  const kind: Kind<SessionRun> = {
    noun: 'run of a hook',
    idOf: ({ run }) => run.id,
    write: (runs) => writeRuns(storage.sessions, runs),
  }
  const way = settings.background
    ? inBackground(kind, codecOf('runs', storage?.tenantId), settings, fields)
    : inForeground(kind, settings)
  fields.done()
  const called = calledOf(way!, settings, (event: E) => {
    const now = Date.now()
    return inputsOf(record, event).map(({ session, run }) => ({
      session,
      run: { ...run, id: run.id ?? newId(), sessionId: session.id, startedAt: run.startedAt ?? now },
    }))
  })
  return withSockets(called, settings)
}
