import { type Approval, type ApprovalQueue, queueOf } from '@freehold/contract'

/** What waits for people among `approvals`. */
export function waiting(approvals: readonly Approval[]): ApprovalQueue {
  const tools = new Map<string, ApprovalQueue['byTool'][number]>()
  for (const { status, type, tool = '', requestedAt } of approvals) {
    if (status !== 'pending' || type !== 'required') continue
    const one = tools.get(tool) ?? { tool, depth: 0, oldest: requestedAt }
    tools.set(tool, { tool, depth: one.depth + 1, oldest: Math.min(one.oldest, requestedAt) })
  }
  return queueOf([...tools.values()])
}
