import { personal, type Storage, type TenantStorage, withSealing } from '../../src/index.js'
import { memoryKeys } from './memory-keys.js'

export const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0')
export const BY = { by: 'privacy-desk', reason: 'request 311' }

/** Every sort of row of two users, and one trace and one session of the second in which the first takes part. */
export async function withTwoUsers(storage: TenantStorage) {
  const keys = memoryKeys()
  const audit = withSealing(storage, { keys })
  const { traces, sessions, approvals } = storage
  for (const [n, userId] of ['maria', 'otto'].entries()) {
    const own = { userId, agentId: 'support' }
    await sessions.save({ id: `${userId}'s`, type: 'agent', ...own, state: { of: userId } })
    for (const run of [1, 2]) {
      const traceId = hex(10 * (n + 1) + run, 32)
      const runId = `${userId}-${run}`
      await sessions.appendRun({ id: runId, sessionId: `${userId}'s`, traceId, input: `ask of ${userId}` })
      // The second names nobody: it is found by its run.
      const owners = run === 1 ? { ...own, sessionId: `${userId}'s` } : {}
      const of = (span: number) => ({
        traceId,
        spanId: hex(span, 16),
        name: 'step',
        startedAt: 1_000 + span,
        endedAt: 2_000,
      })
      await traces.write([1, 2].map((span) => ({ ...of(span), ...owners, input: `said by ${userId}` })))
      const id = `refund of ${runId}`
      await approvals.request({ id, runId, toolCallId: 'call', tool: 'refund', args: { to: userId } })
      if (run === 1) await approvals.decide(id, { decision: 'approved', by: 'lena' })
    }
    await approvals.request({ id: `asked by ${userId}`, requestedBy: userId, expiresAt: 1 })
    await audit.append([
      { id: `mail to ${userId}`, actor: 'support', action: 'mail.sent', data: { to: personal(userId, userId) } },
      { id: `login of ${userId}`, actor: userId, action: 'logged in' },
    ])
  }
  await sessions.appendRun({ id: 'guest', sessionId: "otto's", userId: 'maria', input: 'ask of maria' })
  const shared = { traceId: hex(99, 32), name: 'step', endedAt: 2_000 }
  await traces.write([
    { ...shared, spanId: hex(1, 16), startedAt: 1_000, userId: 'otto' },
    { ...shared, spanId: hex(2, 16), startedAt: 1_001, userId: 'maria' },
  ])
  return { keys, audit }
}

/** All that can be read of the second user, whatever becomes of the first. */
export async function allOfOtto({ traces, sessions, approvals, audit }: Storage) {
  const runs = await sessions.runs({ sessionId: "otto's" })
  return {
    session: await sessions.get("otto's"),
    runs: await Promise.all(runs.items.map(({ id }) => sessions.run(id))),
    traces: await Promise.all([21, 22, 99].map((n) => traces.get(hex(n, 32)))),
    approvals: await Promise.all(
      ['refund of otto-1', 'refund of otto-2', 'asked by otto'].map((id) => approvals.get(id)),
    ),
    entries: [await audit.get('mail to otto'), await audit.get('login of otto')],
  }
}

/** The ids of what is left of the first user. */
export async function leftOfMaria({ traces, sessions, approvals }: TenantStorage): Promise<string[]> {
  const found = [
    ...(await sessions.list({ userId: 'maria' })).items.map(({ id }) => id),
    ...(await sessions.runs({ userId: 'maria' })).items.map(({ id }) => id),
    ...(await traces.find({ userId: 'maria' })).items.map(({ traceId }) => traceId),
    ...(await traces.spans({ userId: 'maria' })).items.map(({ traceId }) => traceId),
    ...(await approvals.list()).items.map(({ id }) => id).filter((id) => id.includes('maria')),
  ]
  for (const n of [11, 12]) if ((await traces.get(hex(n, 32))) !== null) found.push(hex(n, 32))
  return found
}
