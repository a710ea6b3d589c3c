import type { SessionInput } from '@freehold/contract'

/** A session with every field. */
export const WHOLE_SESSION: SessionInput = {
  id: 's',
  type: 'team',
  agentId: 'a',
  teamId: 't',
  workflowId: 'w',
  userId: 'u',
  name: 'Refund of order 7',
  summary: 'wants the money back',
  state: { step: 2 },
  metadata: { channel: ['mail'] },
}

/** A session of an agent, with a few fields more. */
export function agent(id: string, more: Partial<SessionInput> = {}): SessionInput {
  return { id, type: 'agent', ...more }
}
