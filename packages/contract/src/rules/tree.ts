import type { Span } from '../span.js'
import { byStart } from './order.js'

/** A node of a trace drawn as a tree. */
export interface SpanNode {
  /** Absent on a synthetic node, which stands for a parent that is remote, late or lost. */
  span?: Span
  /** Id of the span, or of the parent that is not there. */
  spanId: string
  children: SpanNode[]
}

/**
 * The spans of one trace as trees, siblings by start, then span id. Every span is in the result exactly once:
 *
 * - a span whose parent is not in the list stands under a synthetic node with that parent's id
 * - spans that name each other as parents (a cycle) are cut at the earliest of them
 *
 * @returns the roots, by their start; a synthetic one by that of its first child.
 */
export function treeOf(spans: readonly Span[]): SpanNode[] {
  const ordered = [...spans].sort(byStart)
  const nodes = new Map<string, SpanNode>(
    ordered.map((span) => [span.spanId, { span, spanId: span.spanId, children: [] }]),
  )
  const roots: SpanNode[] = []
  const cut = cyclesOf(ordered)
  for (const span of ordered) {
    const node = nodes.get(span.spanId)!
    if (span.parentId === undefined || cut.has(span.spanId)) {
      roots.push(node)
      continue
    }
    let parent = nodes.get(span.parentId)
    if (parent === undefined) {
      parent = { spanId: span.parentId, children: [] }
      nodes.set(span.parentId, parent)
      roots.push(parent)
    }
    parent.children.push(node)
  }
  return roots
}

/** The earliest span of each cycle of parents. */
function cyclesOf(ordered: readonly Span[]): Set<string> {
  const parents = new Map(ordered.map((span) => [span.spanId, span.parentId]))
  const places = new Map(ordered.map(({ spanId }, place) => [spanId, place]))
  const settled = new Set<string>()
  const cut = new Set<string>()
  for (const { spanId } of ordered) {
    const path = new Set<string>()
    let at: string | undefined = spanId
    while (at !== undefined && !settled.has(at) && !path.has(at)) {
      path.add(at)
      at = parents.get(at)
    }
    // Spans are visited in order, so the first that meets its own path is the earliest of those that lead into it;
    // the cycle itself is what the path holds from `at` on.
    if (at !== undefined && path.has(at)) cut.add(earliestOf(cycleFrom(at, parents), places))
    for (const id of path) settled.add(id)
  }
  return cut
}

function cycleFrom(start: string, parents: ReadonlyMap<string, string | undefined>): Set<string> {
  const cycle = new Set<string>()
  for (let at: string | undefined = start; at !== undefined && !cycle.has(at); at = parents.get(at)) cycle.add(at)
  return cycle
}

function earliestOf(ids: ReadonlySet<string>, places: ReadonlyMap<string, number>): string {
  return [...ids].reduce((earliest, id) => (places.get(id)! < places.get(earliest)! ? id : earliest))
}
