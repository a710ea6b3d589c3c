import type { Scene } from './scene.js'
import { inSpan, pause } from './telemetry.js'

const POLICIES = [
  { id: 'refund-7', score: 0.93, content: 'Goods that arrive broken are refunded in full within 30 days of delivery.' },
  { id: 'refund-2', score: 0.81, content: 'A refund above 50 EUR needs the approval of a person.' },
  { id: 'shipping-4', score: 0.44, content: 'The carrier confirms damage in transit on request.' },
]

/** A retrieval, in the words of OpenTelemetry GenAI. */
export function findPolicies(scene: Scene, query: string): Promise<string> {
  const attributes = {
    'gen_ai.operation.name': 'retrieval',
    'gen_ai.data_source.id': 'policies',
    'gen_ai.retrieval.query.text': query,
    'gen_ai.retrieval.top_k': POLICIES.length,
  }
  return inSpan(scene.tracer, 'retrieval policies', attributes, async (span) => {
    await pause(18)
    span.setAttribute('gen_ai.retrieval.documents', JSON.stringify(POLICIES))
    return POLICIES.map((policy) => policy.content).join('\n')
  })
}
