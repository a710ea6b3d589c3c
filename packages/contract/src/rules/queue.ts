import type { ApprovalQueue } from '../approvals.js'
import { compareTexts } from './order.js'

/** What waits for people, from how much waits for each tool, and since when: the deepest first, then by name. */
export function queueOf(tools: readonly ApprovalQueue['byTool'][number][]): ApprovalQueue {
  const byTool = [...tools].sort((a, b) => b.depth - a.depth || compareTexts(a.tool, b.tool))
  const depth = byTool.reduce((sum, tool) => sum + tool.depth, 0)
  const oldest = byTool.reduce((least, tool) => Math.min(least, tool.oldest), Number.POSITIVE_INFINITY)
  return depth === 0 ? { depth, byTool } : { depth, oldest, byTool }
}
