import { ENGINES, type EngineName, isDocumentDb, titleOf } from './engines/engine.js'
import { INTRODUCTION, NOT_MEASURED, NOTES, OF_A_FRONT_END, WHERE_TIME_GOES } from './notes.js'
import { type EngineProfile, profileTable } from './profile/profile.js'
import type { EngineResult, Measured, Sizes } from './result.js'
import { tableOf } from './table.js'

/** Where the time of a batch went before this was looked at, and goes now. */
export interface Profiles {
  before: readonly EngineProfile[]
  now: readonly EngineProfile[]
}

/** The page that these figures make. */
export function pageOf(results: readonly EngineResult[], profiles: Profiles): string {
  const ordered = ENGINES.flatMap((name) => results.filter(({ engine }) => engine === name))
  const { before, now } = profiles
  const where = [WHERE_TIME_GOES, 'Before:', profileTable(before), 'Now:', profileTable(now)]
  return `${[INTRODUCTION, ...ordered.map(sectionOf), ...where, NOT_MEASURED, NOTES].join('\n\n')}\n`
}

/** The file beside the page: a run of some engines reads the others' figures back, and writes both anew. */
export function figuresOf(results: readonly { engine: EngineName }[]): string {
  return `${JSON.stringify(results, null, 2)}\n`
}

/** The results in that file; none of one that is not there yet. */
export function resultsOf<T = EngineResult>(figures: string): T[] {
  return figures === '' ? [] : (JSON.parse(figures) as T[])
}

/** The results before, those of the engines that were measured again replaced. */
export function merged<T extends { engine: EngineName }>(before: readonly T[], fresh: readonly T[]): T[] {
  const again = new Set(fresh.map(({ engine }) => engine))
  return [...before.filter(({ engine }) => !again.has(engine)), ...fresh]
}

function sectionOf(result: EngineResult): string {
  const { machine, settings } = result
  const told = Object.entries(settings).map(([name, value]) => `\`${name}=${value}\``)
  const facts = [
    `Measured ${result.date} on ${result.version}, ${result.how}; ${result.driver}, Node.js ${machine.node}.`,
    `Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}, load ${machine.load} before; the database runs on it too.`,
    `Settings: ${told.join(', ') || 'none'}. By hand, ingest is: ${result.technique}.`,
    sizesOf(result.sizes),
  ]
  const frontEnd = isDocumentDb(result.version) ? [OF_A_FRONT_END] : []
  const heading = `## ${titleOf(result)}`
  return [heading, ...frontEnd, facts.join('\n'), tableOf(result.measured), missedOf(result.measured)].join('\n\n')
}

function sizesOf(sizes: Sizes): string {
  return (
    `Sizes: medians of ${sizes.repetitions} repetitions after one that does not count; ` +
    `a repetition is ${sizes.batches} batches of spans, ${sizes.lists} lists, ${sizes.gets} gets, ${sizes.appends} runs, ` +
    `${sizes.decisions} decisions, ${sizes.auditSingles} single entries, ${sizes.auditRounds} rounds of ` +
    `${sizes.auditAtATime} at once, ${sizes.auditBatches} batches of entries, or one verify.`
  )
}

function missedOf(measured: readonly Measured[]): string {
  const missed = measured.filter(({ budget }) => budget?.met === false)
  if (missed.length === 0) return 'Every budget is met.'
  return ['Missed:', ...missed.map(missOf)].join('\n')
}

function missOf({ what, unit, freehold, share, budget }: Measured): string {
  const got = budget!.text.startsWith('share') ? `a share of ${share!.toFixed(2)}` : `${round(freehold)} ${unit}`
  return `- ${what}: ${got}, the budget is ${budget!.text}.`
}

function round(value: number): string {
  return value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US')
}
