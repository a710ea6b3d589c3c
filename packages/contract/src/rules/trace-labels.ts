import type { Labels } from '../labels.js'
import { firstLabels } from './labels.js'
import { earlier, isBefore, type Place } from './places.js'
import type { SpanFacts, SummaryState } from './summary-state.js'

/** Of each label the first span in time that has it. */
export type LabelHolders = Map<string, SpanFacts>

export function holdLabels(holders: LabelHolders, span: SpanFacts): LabelHolders {
  for (const name of Object.keys(span.labels!)) {
    const holder = holders.get(name)
    if (holder === undefined || isBefore(span, holder)) holders.set(name, span)
  }
  return holders
}

/** What a trace shows of the labels of its spans, and where each was found. */
export interface ShownLabels {
  labels: Labels
  places: Readonly<Record<string, Place>>
}

export function shownLabels(holders: LabelHolders): ShownLabels {
  const labels = firstLabels(Object.fromEntries([...holders].map(([name, span]) => [name, span.labels![name]!])))
  const places = Object.keys(labels).map((name) => {
    const { startedAt, spanId } = holders.get(name)!
    return [name, [startedAt, spanId] as const] as const
  })
  return { labels, places: Object.fromEntries(places) }
}

/** Those of the union of two disjoint sets of spans. What is joined with nothing is the same object. */
export function joinLabels(a: SummaryState, b: SummaryState): ShownLabels | undefined {
  const [one, other] = [shownBy(a), shownBy(b)]
  if (one === undefined || other === undefined) return one ?? other
  const held = Object.keys({ ...one.labels, ...other.labels }).map((name) => {
    const own = placeIn(one, name)
    const isOwn = earlier(own, placeIn(other, name)) === own
    return [name, isOwn ? one : other] as const
  })
  const labels = firstLabels(Object.fromEntries(held.map(([name, { labels }]) => [name, labels[name]!])))
  const holders = new Map(held)
  const places = Object.keys(labels).map((name) => [name, holders.get(name)!.places[name]!] as const)
  return { labels, places: Object.fromEntries(places) }
}

/** Those of a summary in which a span was counted that became another: what is found at its place is what it says now. */
export function retoldLabels(state: SummaryState, after: SpanFacts): ShownLabels | undefined {
  const shown = shownBy(state)
  const own = Object.entries(after.labels ?? {}).filter(([name]) => shown && placeIn(shown, name)?.[1] === after.spanId)
  if (shown === undefined || own.length === 0) return shown
  const places = own.map(([name]) => [name, [after.startedAt, after.spanId] as const] as const)
  return {
    labels: { ...shown.labels, ...Object.fromEntries(own) },
    places: { ...shown.places, ...Object.fromEntries(places) },
  }
}

/** True where a span has labels no more that it had: what others say of these counts, or those that had no room. */
export function losesLabels(before: SpanFacts, after: SpanFacts): boolean {
  return Object.keys(before.labels ?? {}).some((name) => !Object.hasOwn(after.labels ?? {}, name))
}

/** Puts them into a state that was just made. */
export function showLabels(state: SummaryState, shown: ShownLabels | undefined): SummaryState {
  if (shown === undefined) return state
  state.labels = shown.places
  state.summary.labels = shown.labels
  return state
}

function shownBy({ summary, labels }: SummaryState): ShownLabels | undefined {
  return labels === undefined ? undefined : { labels: summary.labels!, places: labels }
}

/** Names are any text, such as those of what every object has. */
function placeIn({ places }: ShownLabels, name: string): Place | undefined {
  return Object.hasOwn(places, name) ? places[name] : undefined
}
