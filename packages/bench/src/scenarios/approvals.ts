import type { Place } from '../engines/engine.js'
import { race, type Side } from '../measure.js'
import { lineOf, type Measured } from '../result.js'
import type { Bench, Pair } from './scenario.js'

const DECISION = { by: 'maria', reason: 'within policy' }

export async function deciding({ sizes, say }: Bench, { a, b }: Pair): Promise<Measured[]> {
  say('approval decisions')
  const side = (place: Place, approve: (id: string) => Promise<unknown>): Side => {
    return async (repetition) => {
      const ids = Array.from({ length: sizes.decisions }, (_, i) => `approval-${repetition}-${i}`)
      for (const id of ids) await request(place, id)
      return async () => {
        for (const id of ids) await approve(id)
      }
    }
  }
  const freehold = side(a, (id) => a.freehold.approvals.decide(id, { ...DECISION, decision: 'approved' }))
  const raw = side(b, (id) => b.raw.approve(id, DECISION))
  const times = await race(sizes.repetitions, freehold, raw)
  return [lineOf({ what: 'decide an approval', unit: 'ms', items: sizes.decisions, ...times })]
}

function request({ freehold }: Place, id: string): Promise<unknown> {
  return freehold.approvals.request({
    id,
    runId: `run-${id}`,
    toolCallId: `call-${id}`,
    tool: 'refund',
    args: { order: id, amount: 120 },
    requestedBy: 'support',
    policy: { excludeRequester: true },
    context: { conversation: 'The customer asks for a refund of an order that came late.' },
  })
}
