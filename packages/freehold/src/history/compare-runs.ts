import {
  acceptAll,
  canonicalJson,
  checkId,
  type Json,
  type Run,
  type Span,
  StoreError,
  type TenantStorage,
  type Timestamp,
  type Tokens,
  type TraceSummary,
} from '@freehold/contract'
import { align } from './align.js'
import { type RunStep, stepsOf } from './steps.js'

/** One of two runs: as the session has it, and what its trace sums up to; absent where it has none, or that is gone. */
export interface ComparedRun {
  run: Run
  trace?: TraceSummary
  tokens: Tokens
  /** US dollars. */
  cost: number
  /** Milliseconds from its start to its end, or else those of its trace; absent where neither has an end. */
  duration?: number
}

/** What stands in the same place of two runs, or in one of them alone. */
export interface ComparedStep {
  a?: RunStep
  b?: RunStep
  /** Absent where it stands in one alone. */
  sameInput?: boolean
  sameOutput?: boolean
}

export interface RunComparison {
  a: ComparedRun
  b: ComparedRun
  sameInput: boolean
  sameOutput: boolean
  /** In the order of both: each step is in it once. */
  steps: ComparedStep[]
}

const NO_TOKENS: Tokens = { prompt: 0, completion: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 }

/**
 * Two runs side by side: what they were asked and answered, what they took, and their steps, each beside the one of the other that
 * stands in its place. Steps are in their place when they are as deep, of one kind, and of one tool or name; of calls of a model the
 * model does not count, so that two models can be compared. Values are compared, not shown: the steps have their spans' ids.
 *
 * @throws StoreError `invalid` for what is no id, `not_found` for a run that is not there, with a word on which of the two
 */
export async function compareRuns(storage: TenantStorage, a: string, b: string): Promise<RunComparison> {
  const [idOfA, idOfB] = acceptAll<[string, string]>(
    'runs to compare',
    () => checkId('first run', a),
    () => checkId('second run', b),
  )
  const [first, second] = await Promise.all([storage.sessions.run(idOfA), storage.sessions.run(idOfB)])
  if (first === null || second === null) throw missing(first, second)
  const [one, other] = await Promise.all([sideOf(storage, first), sideOf(storage, second)])
  const steps = align(one.steps, other.steps, ({ place }) => place).map(([left, right]): ComparedStep => {
    if (left === undefined || right === undefined)
      return { ...(left && { a: left.step }), ...(right && { b: right.step }) }
    const [before, after] = [left.span, right.span]
    return {
      a: left.step,
      b: right.step,
      sameInput: isSame(before.input, after.input),
      sameOutput: isSame(before.output, after.output),
    }
  })
  return {
    a: one.side,
    b: other.side,
    sameInput: isSame(one.side.run.input, other.side.run.input),
    sameOutput: isSame(one.side.run.output, other.side.run.output),
    steps,
  }
}

interface Placed {
  step: RunStep
  span: Span
  place: string
}

function missing(first: Run | null, second: Run | null): StoreError {
  const which = second !== null ? 'the first run is' : first !== null ? 'the second run is' : 'both runs are'
  return new StoreError('not_found', `${which} not there; give the ids of two that are`)
}

async function sideOf({ traces }: TenantStorage, run: Run): Promise<{ side: ComparedRun; steps: Placed[] }> {
  const trace = run.traceId === undefined ? null : await traces.get(run.traceId)
  const { startedAt, endedAt, usage } = run
  const told = {
    prompt: usage?.promptTokens ?? 0,
    completion: usage?.completionTokens ?? 0,
    cacheRead: usage?.cacheReadTokens ?? 0,
    cacheWrite: usage?.cacheWriteTokens ?? 0,
    reasoning: usage?.reasoningTokens ?? 0,
  }
  const side: ComparedRun = {
    run,
    ...(trace && { trace: trace.summary }),
    // What the application booked on the run counts; else what its trace shows.
    tokens: usage === undefined ? (trace?.summary.tokens ?? NO_TOKENS) : told,
    cost: usage?.cost ?? trace?.summary.cost ?? 0,
    ...durationOf({ startedAt, endedAt }, trace?.summary),
  }
  return { side, steps: stepsOf(trace?.spans ?? []) }
}

function durationOf(...told: readonly ({ startedAt: Timestamp; endedAt?: Timestamp | undefined } | undefined)[]) {
  const ended = told.find((one) => one?.endedAt !== undefined)
  return ended === undefined ? {} : { duration: ended.endedAt! - ended.startedAt }
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null)
}
