import type { Approval, ApprovalQueue } from '@freehold/contract'

/** What waits for people among `approvals`. */
export function queueOf(approvals: readonly Approval[]): ApprovalQueue {
  const waiting = approvals.filter((approval) => approval.status === 'pending' && approval.type === 'required')
  const tools = [...new Set(waiting.map(toolOf))].map((tool) => {
    const own = waiting.filter((approval) => toolOf(approval) === tool)
    return { tool, depth: own.length, oldest: oldestOf(own) }
  })
  const byTool = tools.sort((a, b) => b.depth - a.depth || Buffer.compare(Buffer.from(a.tool), Buffer.from(b.tool)))
  if (waiting.length === 0) return { depth: 0, byTool }
  return { depth: waiting.length, oldest: oldestOf(waiting), byTool }
}

function toolOf(approval: Approval): string {
  return approval.tool ?? ''
}

function oldestOf(approvals: readonly Approval[]): number {
  return Math.min(...approvals.map((approval) => approval.requestedAt))
}
