import { ENGINES, isDocumentDb, titleOf } from '../engines/engine.js'
import { OF_A_FRONT_END } from '../notes.js'
import { markdownTable } from '../table.js'
import { PEERS, type PeerName, SUBJECT_TITLES } from './names.js'
import { PEER_INTRODUCTION, PEER_NOTES } from './notes.js'
import type { PeerLine, PeerResult, PeerSizes, PeerUnit } from './result.js'

/** A peer beside Freehold in one thing. */
export interface Comparison {
  what: string
  peer: PeerName
  unit: PeerUnit
  freehold: number
  other: number
  /** What the peer takes, for each that Freehold takes: below 1 the peer is ahead. */
  ratio: number
}

/** The page that these figures make. */
export function peersPageOf(results: readonly PeerResult[]): string {
  const ordered = ENGINES.flatMap((name) => results.filter(({ engine }) => engine === name))
  return `${[PEER_INTRODUCTION, ...ordered.map(sectionOf), PEER_NOTES].join('\n\n')}\n`
}

/** Those where a peer is ahead, the farthest first; then the others, as they were measured. */
export function comparisonsOf(lines: readonly PeerLine[]): { ahead: Comparison[]; behind: Comparison[] } {
  const all = lines.flatMap(ofLine)
  const ahead = all.filter(({ ratio }) => ratio < 1).sort((a, b) => a.ratio - b.ratio)
  return { ahead, behind: all.filter(({ ratio }) => ratio >= 1) }
}

export function peerTable(comparisons: readonly Comparison[]): string {
  const lines = comparisons.map(({ what, peer, unit, freehold, other, ratio }) => [
    what,
    figure(freehold, unit),
    SUBJECT_TITLES[peer],
    figure(other, unit),
    ratio.toFixed(2),
  ])
  return markdownTable([['what', 'Freehold', 'peer', 'its figure', 'ratio'], ...lines])
}

/** Both tables, as a page and a terminal show them, and what has no figure. */
export function tablesOf(lines: readonly PeerLine[]): string {
  const { ahead, behind } = comparisonsOf(lines)
  const parts = [
    ahead.length === 0 ? 'No peer is ahead anywhere.' : `Where a peer is ahead:\n\n${peerTable(ahead)}`,
    ...(behind.length === 0 ? [] : [`Everything else:\n\n${peerTable(behind)}`]),
    ...missingOf(lines),
  ]
  return parts.join('\n\n')
}

function sectionOf(result: PeerResult): string {
  const { machine, settings, stores } = result
  const told = Object.entries(settings).map(([name, value]) => `\`${name}=${value}\``)
  const facts = [
    `Measured ${result.date} on ${result.version}, ${result.how}; Node.js ${machine.node} for all.`,
    `Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}, load ${machine.load} before; the database runs on it too.`,
    `Settings: ${told.join(', ') || 'none'}.`,
    ...PEERS.flatMap((peer) => (stores[peer] === undefined ? [] : [`${SUBJECT_TITLES[peer]}: ${stores[peer]}.`])),
    sizesOf(result.sizes),
  ]
  const frontEnd = isDocumentDb(result.version) ? [OF_A_FRONT_END] : []
  return [`## ${titleOf(result)}`, ...frontEnd, facts.join('\n'), tablesOf(result.lines)].join('\n\n')
}

function sizesOf({ repetitions, ingest, updates, lists, gets, appends, loadBatches, starts }: PeerSizes): string {
  const batches = ingest.map(({ bytes, batch, batches }) => {
    return `${batches[1]} or 4 × ${batches[4]} of ${count(batch)} at ${kilobytes(bytes)}`
  })
  return (
    `Sizes: medians of ${repetitions} repetitions after one that does not count. A repetition is ${lists} lists, ${gets} ` +
    `traces, ${appends} runs, or as many as are done in 1.5 seconds; ${updates.batches} × ${count(updates.batch)} ends of ` +
    `spans; and of batches of new spans ${batches.join(', ')}. Memory and disk: 4 × ${loadBatches} batches of 1,000. ` +
    `Cold start: the median of ${starts}.`
  )
}

function ofLine({ what, unit, figures }: PeerLine): Comparison[] {
  const { freehold } = figures
  return PEERS.flatMap((peer) => {
    const other = figures[peer]
    if (freehold === undefined || other === undefined) return []
    const ratio = unit === 'spans/s' ? freehold / other : other / freehold
    return [{ what, peer, unit, freehold, other, ratio }]
  })
}

/** One entry for each reason, with everything that it kept from being measured. */
function missingOf(lines: readonly PeerLine[]): string[] {
  const reasons = new Map<string, string[]>()
  for (const { what, failures } of lines)
    for (const [subject, because] of Object.entries(failures)) {
      const key = `${SUBJECT_TITLES[subject as PeerName]}: ${because}`
      reasons.set(key, [...(reasons.get(key) ?? []), what])
    }
  if (reasons.size === 0) return []
  const entries = [...reasons].map(([reason, whats]) => `- ${reason} (${whats.join('; ')})`)
  return [`Without a figure:\n\n${entries.join('\n')}`]
}

export function kilobytes(bytes: number): string {
  return `${bytes / 1000} KB`
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function figure(value: number, unit: PeerUnit): string {
  const isWhole = unit === 'spans/s' || unit === 'bytes' || unit === 'statements'
  const text = isWhole ? count(value) : value.toFixed(value < 10 ? 2 : 1)
  return unit === 'statements' ? text : `${text} ${unit}`
}
