import type { Scene } from './scene.js'
import { pause } from './telemetry.js'

const POLICIES = [
  { id: 'refund-7', score: 0.93, content: 'Goods that arrive broken are refunded in full within 30 days of delivery.' },
  { id: 'refund-2', score: 0.81, content: 'A refund above 50 EUR needs the approval of a person.' },
  { id: 'shipping-4', score: 0.44, content: 'The carrier confirms damage in transit on request.' },
]

/** A retrieval, with the documents that it found. */
export function findPolicies({ spans }: Scene, query: string): Promise<string> {
  return spans.retrieve({ query, vectorStore: 'policies', k: POLICIES.length }, async (span) => {
    await pause(18)
    span.set({ documents: POLICIES })
    return POLICIES.map((policy) => policy.content).join('\n')
  })
}
