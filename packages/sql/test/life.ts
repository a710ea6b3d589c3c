import type { Storage } from '@freehold/contract'
import { spanOf, traceIdOf } from './spans.js'

const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value }) } }

/** Does something in each domain, with views, triggers and days, and tells what is found. */
export async function liveOn(storage: Storage): Promise<unknown[]> {
  await storage.traces.write([{ ...spanOf(traceIdOf(1), 0), startedAt: Date.now() - 1, endedAt: Date.now() }])
  await storage.sessions.save({ id: 's', type: 'agent' })
  await storage.sessions.appendRun({ sessionId: 's', status: 'running' })
  const approval = await storage.approvals.request({ tool: 'refund', args: { to: '返金 😀' } })
  await storage.approvals.decide(approval.id, { decision: 'approved', by: 'maria' })
  await storage.approvals.request({ tool: 'refund', args: {}, expiresAt: Date.now() - 1 })
  await storage.approvals.expire()
  await storage.audit.define({ name: 'refund', schema, columns: { order: 'text' } })
  await storage.audit.append([{ actor: 'ada', action: 'refund', shape: 'refund', data: { order: 'A' } }])
  return [
    (await storage.traces.find({})).items.length,
    (await storage.sessions.runs({})).items.length,
    (await storage.approvals.list()).items.length,
    (await storage.approvals.get(approval.id))?.args,
    (await storage.audit.verify()).status,
  ]
}

export const ALIVE = [1, 1, 2, { to: '返金 😀' }, 'ok']
