import type { Storage } from '@freehold/contract'
import { spanOf, traceIdOf } from './spans.js'

/** Calls of every sort: what reads, what writes, and what takes several statements or commands, one after the other. */
export const KINDS_OF_CALLS: readonly ((storage: Storage, n: number) => Promise<unknown>)[] = [
  ({ traces }, n) => traces.write([spanOf(traceIdOf(1 + n), n)]),
  ({ sessions }, n) => sessions.save({ id: `session ${n}`, type: 'agent' }),
  ({ approvals }) => approvals.request({ tool: 'search' }),
  ({ sessions }) => sessions.list({}, { limit: 10 }),
  ({ audit }, n) => audit.append([{ stream: `stream ${n % 50}`, actor: 'ada', action: 'looked' }]),
  ({ approvals }) => approvals.queue(),
]
