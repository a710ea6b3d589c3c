import { createHash } from 'node:crypto'
import type { NewEntry } from './hand-written.js'

/** RFC 8785 by hand: the keys are known, so they are written in their order. */
export function canonicalText(entry: NewEntry, seq: number): string {
  const { id, time, actor, action, target, outcome, runId } = entry
  const { amount, note, order } = entry.data
  const data = { amount, note, order }
  return JSON.stringify({
    action,
    actor,
    data,
    id,
    outcome,
    runId,
    seq,
    stream: 'main',
    target,
    tenant: 'default',
    time,
  })
}

export function hashOf(previous: string, text: string): string {
  return createHash('sha256').update(`${previous}\n${text}`).digest('hex')
}
