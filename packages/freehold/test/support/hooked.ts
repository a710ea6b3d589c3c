import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '@freehold/databases/engines'
import { urlOf } from '@freehold/databases/engines'
import { onTestFinished } from 'vitest'
import {
  type AgentHook,
  type AuditHookOptions,
  auditHook,
  type HookOptions,
  openStorage,
  type RunEvent,
  type SessionHookOptions,
  type Storage,
  StoreError,
  sessionHook,
} from '../../src/index.js'
import { AVAILABLE, databaseUrl, newDatabase, removeDatabase } from './servers.js'

export const PLACES: readonly (Engine | 'sqlite')[] = ['sqlite', ...AVAILABLE]

export const RUN: RunEvent = {
  type: 'run',
  status: 'completed',
  agentId: 'support',
  userId: 'maya',
  sessionId: 's-1',
  model: 'large',
  provider: 'mock',
  input: 'My headphones are broken.',
  output: 'We send new ones.',
  messages: [{ role: 'assistant', content: 'We send new ones.' }],
  usage: { promptTokens: 30, completionTokens: 9 },
  finishReason: 'stop',
  tools: ['lookup_order'],
  traceId: 'a'.repeat(32),
}

/** A storage of a test's own. */
export async function storageOn(engine: Engine | 'sqlite'): Promise<Storage> {
  if (engine === 'sqlite') return opened('sqlite::memory:')
  const server = urlOf(engine)!
  const name = await newDatabase(engine, server)
  onTestFinished(() => removeDatabase(engine, server, name))
  return opened(databaseUrl(server, name))
}

async function opened(url: string): Promise<Storage> {
  const storage = await openStorage({ databases: { main: url }, migrate: true })
  onTestFinished(() => storage.close())
  return storage
}

/** A directory that is there until the end of the test. */
export function spoolDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'freehold-hooks-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Both hooks with the same options, closed at the end of the test, and what they tell. */
export function hooksOn(storage: Storage, options: HookOptions & { record?: (event: never) => unknown } = {}) {
  const told = { errors: [] as string[], rejected: [] as string[] }
  const listening = {
    onError: (error: Error) => void told.errors.push(`${error.message}: ${(error.cause as Error)?.message}`),
    onRejected: (rejected: readonly { reason: string }[]) =>
      void told.rejected.push(...rejected.map(({ reason }) => reason)),
    ...options,
  }
  const hooks = {
    audit: auditHook(storage, listening as AuditHookOptions),
    sessions: sessionHook(storage, listening as SessionHookOptions),
  }
  for (const hook of Object.values<AgentHook>(hooks)) onTestFinished(() => hook.close().catch(() => undefined))
  return { ...hooks, told }
}

/** The storage, which fails so often to append an entry, and to append runs: before it has written what it is given, or after that. */
export function failing(storage: Storage, times: number, when: 'before' | 'after'): Storage {
  function failingIn<S extends object>(store: S, method: keyof S): S {
    const write = (store[method] as (records: unknown) => Promise<unknown>).bind(store)
    let left = times
    const written = async (records: unknown) => {
      const isFailing = left-- > 0
      const answer = isFailing && when === 'before' ? undefined : await write(records)
      if (isFailing) throw new StoreError('unavailable', 'the database is away')
      return answer
    }
    return new Proxy(store, {
      get: (target, name) => {
        const other = Reflect.get(target, name) as (...args: unknown[]) => unknown
        return name === method ? written : other.bind(target)
      },
    })
  }
  return {
    ...storage,
    audit: failingIn(storage.audit, 'append'),
    sessions: failingIn(storage.sessions, 'appendRuns'),
  }
}
