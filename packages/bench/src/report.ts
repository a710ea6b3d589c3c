import { ENGINES, TITLES } from './engines/engine.js'
import type { EngineResult, Measured, Sizes } from './result.js'
import { tableOf } from './table.js'

const OPENING = '<!-- figures\n'
const CLOSING = '\n-->'

/**
 * The page, and in a comment at its end the figures it was made from: a run of some engines reads the others' back and
 * writes the whole page anew.
 */
export function pageOf(results: readonly EngineResult[]): string {
  const ordered = ENGINES.flatMap((name) => results.filter(({ engine }) => engine === name))
  const figures = JSON.stringify(ordered).replaceAll('--', '-\\u002d')
  return `${[INTRODUCTION, ...ordered.map(sectionOf), NOTES].join('\n\n')}\n\n${OPENING}${figures}${CLOSING}\n`
}

/** The results that a page was made from; none of a page that is not there yet. */
export function resultsOf(page: string): EngineResult[] {
  const from = page.lastIndexOf(OPENING)
  const to = page.lastIndexOf(CLOSING)
  if (from === -1 || to < from) return []
  return JSON.parse(page.slice(from + OPENING.length, to)) as EngineResult[]
}

/** The results before, those of the engines that were measured again replaced. */
export function merged(before: readonly EngineResult[], fresh: readonly EngineResult[]): EngineResult[] {
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
  return [`## ${TITLES[result.engine]}`, facts.join('\n'), tableOf(result.measured), missedOf(result.measured)].join(
    '\n\n',
  )
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

const INTRODUCTION = `# Benchmarks

This page is written by \`npx pnpm@12 bench\`, never by hand. It puts Freehold beside what a good engineer would write for
the same rows and the same tables with the raw driver, in one run, with the same durability: a write that was acknowledged
is on the disk. The *share* is the time by hand divided by Freehold's time: 1.00 is as fast, 0.50 takes twice as long.
The share is what counts; the rest depends on the machine.`

const NOTES = `## How to read this

- The two sides take turns, repetition by repetition, so that whatever else the machine does hits both. They share its
  cores with the database.
- Spans are those of an agent at work: traces of 20, calls of a model and of tools, about 2.4 KB of JSON each. All are new.
  Writers are concurrent calls in one process, each with a connection of its own from a pool of 8; on SQLite they take turns.
- By hand means the database's part alone. The rows of an ingest are read back from what Freehold wrote and prepared before
  the clock starts: no checks, no summaries counted, no JSON made, and a span that comes twice is an error. Freehold's side
  is everything: checks, copies, ranks, summaries, rows, and telling what is new from what is there.
- Lists read summaries only, so only those are loaded. By hand it is the same SELECT, without turning rows into objects.
- Appending by hand locks the session, inserts and counts in one transaction. Deciding by hand reads the approval, updates
  it if its version stands, and adds the event. The audit by hand locks the head, hashes, inserts and moves the head, once
  for each call; where many calls come at once, Freehold may write those that wait together.
- Verifying by hand follows the hashes. Freehold also compares every column with the text that was hashed.
- Bytes written are those of the engine's log: SQLite's WAL, which holds every page that changed whole, PostgreSQL's WAL,
  the redo log of MySQL and MariaDB without their binary log. MongoDB does not tell.
- By hand on MongoDB there is no transaction, as a server of one has none; each update says what it expects to find.`
