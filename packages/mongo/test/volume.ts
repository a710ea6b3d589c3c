import { type Approval, factsOf, type Span, storedSpan, summarise } from '@freehold/contract'
import { traceIdOf } from '../../sql/test/spans.js'
import type { Row } from '../src/database.js'
import { approvalRow } from '../src/documents/approvals.js'
import { linkRow } from '../src/documents/audit.js'
import { runs, sessions } from '../src/documents/sessions.js'
import { spanRow, traceUpdate } from '../src/documents/traces.js'

/** When the first of the documents was made. */
export const T0 = 1_763_391_318_786
const NEVER = Date.parse('2100-01-01')
const HASH = '0'.repeat(64)

const owners = (n: number) => ({
  sessionId: `s${n % 1000}`,
  userId: `u${n % 500}`,
  agentId: `a${n % 300}`,
  runId: `r${n % 2000}`,
})
const labels = (n: number) => ({ environment: n % 3 === 0 ? 'dev' : 'prod', release: `a${n % 300}` })

/** Documents as the store writes them, row `n` of each collection. */
export const MADE: Readonly<Record<string, (n: number) => Row>> = {
  traces(n) {
    const span = spanOf(n)
    const state = summarise(span.traceId, [factsOf(span)])
    const { $set } = traceUpdate({ state, models: [], tools: [] })
    return { _id: { tenant: 'default', traceId: span.traceId }, ...$set, writing: [], revision: 1 }
  },
  spans: (n) => spanRow('default', 'batch', storedSpan({ span: spanOf(n), rank: '1' })),
  sessions(n) {
    const { runId: _, sessionId: __, ...known } = owners(n)
    const made = {
      id: `s${n}`,
      type: 'agent',
      version: 1,
      runs: 100,
      createdAt: T0 + n,
      updatedAt: T0,
      labels: labels(n),
      ...known,
    } as const
    return { ...sessions.toRow('default', made), life: 'life' }
  },
  runs(n) {
    const { runId: _, ...known } = owners(n)
    const run = { id: `r${n}`, ...known, seq: 1 + Math.floor(n / 1000), type: 'agent', status: 'completed' } as const
    return { ...runs.toRow('default', { ...run, startedAt: T0 + n, labels: labels(n) }), life: 'life', revision: 0 }
  },
  approvals(n) {
    const known = {
      id: `p${n}`,
      ...owners(n),
      toolCallId: `c${n}`,
      type: 'required',
      pauseType: 'confirmation',
    } as const
    const status = n % 50 === 0 ? 'pending' : 'consumed'
    const base = { ...known, status, argsHash: HASH, version: 1 } as const
    const expiresAt = n % 1000 === 0 ? T0 + n : NEVER
    const approval: Approval = { ...base, policy: {}, votes: [], requestedAt: T0 + n, expiresAt }
    return approvalRow('default', approval, { id: `e${n}`, seq: 1, type: 'requested', at: T0 })
  },
  audit(n) {
    const { runId, sessionId } = owners(n)
    const entry = {
      id: `e${n}`,
      stream: `stream ${n % 10}`,
      seq: 1 + Math.floor(n / 10),
      time: T0 + n,
      actor: `u${n % 500}`,
    }
    const linked = {
      ...entry,
      action: 'looked',
      runId,
      sessionId,
      approvalId: `p${n}`,
      previousHash: `${n}`,
      hash: HASH,
    }
    return linkRow('default', { entry: linked, text: '{}' })
  },
}

function spanOf(n: number): Span {
  const whole = {
    traceId: traceIdOf(n + 1),
    spanId: '1'.padStart(16, '0'),
    name: 'chat',
    ...owners(n),
    labels: labels(n),
  }
  return { ...whole, kind: 'other', status: 'ok', startedAt: T0 + n, endedAt: T0 + n + 5 }
}
