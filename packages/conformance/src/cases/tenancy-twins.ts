import assert from 'node:assert/strict'
import type { TenantStorage } from '@freehold/contract'
import { ANY_SHAPE, furnish, snapshot } from './methods.js'
import { span, T0, traceOf } from './spans.js'
import { refused } from './support.js'

/**
 * Two tenants with rows of the same ids: whatever forgets the tenant in one clause of one statement meets the row of the
 * other. Ours are furnished already; theirs are not there yet.
 */
export async function keepApart(ours: TenantStorage, twin: TenantStorage): Promise<void> {
  await ours.audit.checkpoint('quiet')
  await twin.audit.checkpoint('quiet')
  const before = await snapshot(ours)
  await furnish(twin, 'theirs')
  assert.deepEqual(await snapshot(ours), before, 'rows of the same ids came')
  assert.equal((await snapshot(twin)).trace?.summary.name, 'theirs')

  await ours.traces.write([span(2, { kind: 'llm', detail: { model: 'ours' } })])
  await ours.audit.define({ ...ANY_SHAPE, name: 'ours' })
  await ours.audit.checkpoint()
  const kept = await snapshot(ours)
  assert.deepEqual((await twin.traces.find({ model: 'ours' })).items, [], 'a model that only we used')
  const shaped = { actor: 'them', action: 'shaped', shape: 'ours', data: {} }
  await refused('invalid', twin.audit.append([shaped]))
  await changeAll(twin)
  assert.deepEqual(await snapshot(ours), kept, 'they changed rows of the same ids')

  const left = await snapshot(twin)
  const told = await ours.traces.write([span(1, { name: 'ours', endedAt: T0 + 800 }), span(4)])
  assert.deepEqual([told.written, told.updated], [1, 1])
  await ours.traces.write([span(5)])
  assert.deepEqual(await snapshot(twin), left, 'we changed rows of the same ids')
  for (const tenant of [ours, twin]) {
    const { trace, traces } = await snapshot(tenant)
    assert.deepEqual(traces.items, [trace?.summary])
  }
  assert.equal((await traceOf(ours.traces)).summary.name, 'ours')
  assert.equal((await ours.audit.head('quiet')).seq, 0)
  await ours.audit.append([{ id: 'more', actor: 'us', action: 'more' }])
  assert.equal((await ours.audit.verify()).status, 'ok')
}

/** A change to every row that {@link furnish} made, by each method that changes rows. */
async function changeAll({ traces, sessions, approvals, audit }: TenantStorage): Promise<void> {
  // The last is told anew, after a write that changed nothing but it.
  await traces.write([span(1, { name: 'changed', endedAt: T0 + 900 }), span(3)])
  await traces.write([span(1, { name: 'changed', endedAt: T0 + 901 })])
  await sessions.save({ id: 'session', type: 'agent', name: 'changed', state: { a: 1 } })
  await sessions.updateRun('run', { status: 'error', error: 'changed' })
  const again = await sessions.appendRun({ id: 'run', sessionId: 'session' })
  assert.equal(again.model, 'theirs', 'a run that is there is told as it is')
  await sessions.appendRun({ id: 'second', sessionId: 'session' })
  await approvals.request({ id: 'pending', tool: 'theirs' })
  await approvals.decide('pending', { decision: 'approved', by: 'them' })
  await approvals.consume('approved')
  await approvals.expire()
  const more = { actor: 'them', action: 'more' }
  await audit.append([
    { id: 'more', ...more },
    { id: 'quiet more', stream: 'quiet', ...more },
  ])
  await audit.checkpoint()
  await sessions.remove('session')
}
