import type { Profiler } from 'node:inspector'

/** What a batch spends its time in, in the order in which it comes by. */
export const STAGES = {
  checking: 'checking and copying',
  merging: 'merging and summaries',
  encoding: 'encoding for the driver',
  driver: 'the driver',
  waiting: 'waiting for the server',
  collecting: 'collecting garbage',
  other: 'anything else',
} as const
export type Stage = keyof typeof STAGES

/** The first of these that the file of a frame matches has the time that is spent in it, and in what it calls. */
const FILES: readonly (readonly [RegExp, Stage])[] = [
  [/\/node_modules\/(knex|tarn)\//, 'encoding'],
  [
    /\/node_modules\/(\.pnpm\/)?(sqlite3|better-sqlite3|pg|pg-\w+|mysql2|mongodb|bson|sql-escaper|sqlstring)[@/]/,
    'driver',
  ],
  [/\/contract\/(dist|src)\/rules\/(summarise|merge-spans|parts|change-summary)\./, 'merging'],
  [/\/contract\/(dist|src)\/rules\/(stored|turns|retry)\./, 'encoding'],
  [/\/contract\/(dist|src)\//, 'checking'],
  // What is compiled of these drivers is called from here, and has no file of its own.
  [/\/sql\/(dist|src)\/dialects\/sqlite-(prepared|direct)\./, 'driver'],
  [/\/(sql|mongo)\/(dist|src)\//, 'encoding'],
]
/** Of an engine within this process: what knex hands a statement to. */
const WITHIN = /^node:(net|tls|internal\/(stream|net|tls))/

/** Milliseconds by stage: each sample counts for the innermost frame that belongs to one. */
export function stagesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Record<Stage, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)))
  const known = new Map<number, Stage>()
  const stageOf = (id: number | undefined): Stage => {
    if (id === undefined) return 'other'
    const before = known.get(id)
    if (before !== undefined) return before
    const { functionName, url } = byId.get(id)!.callFrame
    const stage = ownStage(functionName, url) ?? stageOf(parents.get(id))
    known.set(id, stage)
    return stage
  }
  const spent = Object.fromEntries(Object.keys(STAGES).map((stage) => [stage, 0])) as Record<Stage, number>
  for (const [at, id] of samples.entries()) spent[stageOf(id)] += (timeDeltas[at + 1] ?? 0) / 1000
  return spent
}

function ownStage(functionName: string, url: string): Stage | undefined {
  if (functionName === '(idle)') return 'waiting'
  if (functionName === '(garbage collector)') return 'collecting'
  if (WITHIN.test(url)) return 'driver'
  return FILES.find(([file]) => file.test(url))?.[1]
}
