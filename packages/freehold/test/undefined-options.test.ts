import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, expect, it } from 'vitest'
import {
  aiSdkRun,
  auditApprovals,
  auditHook,
  cancelPending,
  defineShape,
  eraseUser,
  exportAudit,
  exportRuns,
  gate,
  keepCheckpoints,
  type OpenedStorage,
  onApproval,
  openStorage,
  sealAbandoned,
  sessionHook,
  verifyFile,
  waitFor,
  webhookAnchor,
  withSealing,
} from '../src/index.js'
import { memoryKeys } from './support/memory-keys.js'
import { afterwards } from './support/storages.js'

async function open(config: object = {}): Promise<OpenedStorage> {
  const storage = await openStorage({ databases: { main: 'sqlite::memory:' }, migrate: true, ...config })
  afterwards(() => storage.close())
  return storage
}

async function directory(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'freehold-'))
  afterwards(() => rm(made, { recursive: true }))
  return made
}

/** Fields that are there and `undefined`, as where the environment does not say. */
const none = (...names: string[]): Record<string, undefined> =>
  Object.fromEntries(names.map((name) => [name, undefined]))

const OWNERS = ['userId', 'sessionId', 'runId', 'agentId', 'teamId', 'workflowId']
const OF_ENTRIES = none('stream', 'actor', 'action', 'target', 'outcome', 'shape', 'from', 'to', 'approvalId')
const OF_RECORDER = ['batch', 'interval', 'limit', 'deadline', 'spool', 'durable', 'onError', 'onRejected']

const ENTRY = { actor: 'support', action: 'mail.sent' }

/** What takes options, with all that it may be told left undefined. */
const CALLS: Record<string, (storage: OpenedStorage) => unknown> = {
  maintain: (storage) => storage.maintain(none('within', 'dryRun', 'at', 'signal')),
  'retention.purge': (storage) =>
    storage.retention.purge('traces', {
      ...none('before', 'errorsBefore', 'within', 'dryRun', 'signal'),
      tenants: none('acme') as never,
      held: none('acme') as never,
    }),
  sealAbandoned: async ({ traces }) => {
    await sealAbandoned(traces, none('query', 'after', 'signal'))
    return sealAbandoned(traces, { query: none(...OWNERS, 'kind', 'from', 'to') })
  },
  gate: (storage) => {
    const policy = none('quorum', 'approvers', 'escalation', 'excludeRequester', 'onExpiry') as object
    const options = none('type', 'pauseType', 'bind', 'when', 'dueIn', 'expiresIn', 'wait', 'onError') as object
    const call = none('id', 'runId', 'stepId', 'toolCallId', 'traceId', 'spanId', 'requestedBy', 'context', ...OWNERS)
    const { userId: _, ...own } = call
    return gate(storage, { ...options, tool: 'refund', policy }).request({}, own as object)
  },
  waitFor: async (storage) => {
    await storage.approvals.request({ id: 'a', expiresAt: 1 })
    return waitFor(storage, 'a', none('timeout', 'signal'))
  },
  cancelPending: (storage) =>
    cancelPending(
      storage,
      { ...none('sessionId', 'toolCallId', 'agentId'), runId: 'r' },
      { by: 'lena', ...none('reason') },
    ),
  onApproval: (storage) => {
    const options = none('url', 'secret', 'headers', 'events', 'from', 'tries', 'timeout', 'interval', 'onError')
    return onApproval(storage, { name: 'mail', call: () => {}, ...options } as never).close()
  },
  'onApproval with a webhook': (storage) => {
    const secret = `whsec_${Buffer.alloc(24).toString('base64')}`
    const headers = none('authorization') as never
    return onApproval(storage, { name: 'mail', url: 'http://127.0.0.1:9', secret, headers, ...none('call') }).close()
  },
  auditApprovals: (storage) => auditApprovals(storage, none('stream', 'interval', 'onError')).close(),
  eraseUser: (storage) => {
    const names = ['reason', 'id', 'stream', 'keys', 'subject', 'shared', 'signal', 'onProgress']
    return eraseUser(storage, 'maria', { by: 'privacy-desk', ...none(...names) })
  },
  exportRuns: async (storage) => {
    for await (const _ of exportRuns(storage, none('query', 'after', 'trace', 'redact', 'signal'))) return
    for await (const _ of exportRuns(storage, { query: none('sessionId', 'status', 'userId', 'from', 'to') })) return
  },
  exportAudit: async (storage) => {
    const path = join(await directory(), 'entries.jsonl')
    await exportAudit(storage, path, { query: OF_ENTRIES, ...none('signal') })
    return verifyFile(path, none('checkpoints', 'publicKey', 'onProgress', 'signal'))
  },
  keepCheckpoints: (storage) => {
    const options = none('streams', 'every', 'interval', 'look', 'sign', 'onError')
    return keepCheckpoints(storage, { anchor: () => {}, ...options }).close()
  },
  'withSealing: hold, release': async (storage) => {
    const audit = withSealing(storage, { keys: memoryKeys() })
    const { id } = await audit.hold({ ...none('id', 'stream'), subject: 'maria', by: 'legal', reason: 'Doe' } as never)
    return audit.release(id, { by: 'legal', reason: 'settled' })
  },
  auditHook: (storage) =>
    auditHook(storage, none('record', 'stream', 'shape', 'background', 'required', ...OF_RECORDER)).close(),
  sessionHook: (storage) => sessionHook(storage, none('record', 'background', 'required', ...OF_RECORDER)).close(),
}

describe('an option that is undefined is as if it were absent', () => {
  it.each(Object.entries(CALLS))('%s', async (_, call) => {
    await call(await open())
  })

  it('in a configuration: of databases, routes, retention, and in how it is opened', async () => {
    const config = {
      databases: { main: { url: 'sqlite::memory:', ...none('pool', 'prefix') }, vault: undefined as never },
      routes: none('traces', 'sessions', 'approvals', 'audit') as never,
      migrate: true,
      ...none('tenants'),
      retention: {
        ...none('traces', 'tracesWithErrors', 'sessions', 'every', 'keys', 'onMaintained'),
        tenants: { acme: undefined as never, vault: none('traces', 'tracesWithErrors', 'sessions') },
      },
    }
    const storage = await openStorage(config, none('migrate', 'tenants'))
    await storage.close()
    await (await open(none('routes', 'tenants', 'retention'))).audit.append([ENTRY])
  })

  it('a tenant whose rule is undefined has the rule of all', async () => {
    const storage = await open({ retention: { traces: '90d', tenants: { acme: undefined }, every: false } })
    const span = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), name: 'step', startedAt: 1, endedAt: 2 }
    await storage.tenant('acme').traces.write([span])
    const [traces] = await storage.maintain()
    expect(traces.purged!.tenants).toEqual([{ tenant: 'acme', removed: 1, rows: 1 }])
  })

  it('a column of a shape that is undefined is that of the schema, and of no schema none', () => {
    const json = { type: 'object', properties: { order: { type: 'string' } }, additionalProperties: false }
    const ofSchema = { jsonSchema: { input: () => json, output: () => json } }
    const standard = { version: 1, vendor: 'own', validate: (value: unknown) => ({ value }) } as const
    const schema = { '~standard': { ...standard, ...ofSchema } } as StandardSchemaV1<{ order: string }>
    const columns = none('order', 'amount') as never
    expect(defineShape('refunds', schema, { columns }).columns).toEqual({ order: 'text' })
  })

  it('what a hook is told of a run takes nothing away from what the framework told', () => {
    const end = { steps: [{ model: { provider: 'openai', modelId: 'gpt-5' } }] }
    expect(aiSdkRun(end as never, none('model', 'provider', 'sessionId'))).toMatchObject({
      model: 'gpt-5',
      provider: 'openai',
    })
  })

  it('a header of a webhook for checkpoints is not sent', async () => {
    const headers: unknown[] = []
    const server = createServer((request, response) => {
      headers.push(request.headers)
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    afterwards(async () => server.close())
    const { port } = server.address() as AddressInfo
    const anchor = webhookAnchor(`http://127.0.0.1:${port}`, { headers: none('authorization') as never })
    const checkpoint = { stream: 'main', seq: 1, hash: '0'.repeat(64), at: 1 }
    await anchor({ tenant: 'default', checkpoint }, AbortSignal.timeout(5_000))
    expect(headers).toHaveLength(1)
    expect(headers[0]).not.toHaveProperty('authorization')
  })
})
