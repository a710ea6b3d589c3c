import {
  type Labels,
  MAX_BATCH,
  type Run,
  type RunInput,
  type RunPatch,
  type Session,
  type SessionInput,
  type SessionStore,
  type SpanInput,
  type Storage,
  StoreError,
  type TenantStorage,
  type TraceStore,
} from '@freehold/contract'
import { over } from '../over.js'
import { type Labelling, labelsFrom } from './label-rules.js'

/**
 * A storage that gives labels to what is written, by rules. Who tells a label is not overruled: of spans, of runs that are appended,
 * and where labels and metadata are told together. Where metadata alone is told of a session or a run that is there, what the rules
 * make of it takes the place of those labels and leaves the others, which are read for it.
 */
export function withLabels(storage: Storage, rules: Labelling | undefined): Storage {
  if (rules === undefined || rules.size === 0) return storage
  const views = new WeakMap<TenantStorage, TenantStorage>()
  const labelling = <T extends TenantStorage>(view: T): T => ({
    ...view,
    traces: labelledTraces(view.traces, rules),
    sessions: labelledSessions(view.sessions, rules),
  })
  return {
    ...labelling(storage),
    tenant(id) {
      const view = storage.tenant(id)
      const labelled = views.get(view) ?? labelling(view)
      views.set(view, labelled)
      return labelled
    },
  }
}

function labelledTraces(traces: TraceStore, rules: Labelling): TraceStore {
  return over<TraceStore>(traces, {
    write: (spans) =>
      // What is no batch, or too long a one, is refused by the store.
      traces.write(
        Array.isArray(spans) && spans.length <= MAX_BATCH
          ? Array.from(spans, (span) => labelledSpan(span, rules))
          : spans,
      ),
  })
}

/** What cannot be read here is told of by the store. */
function labelledSpan(span: SpanInput, rules: Labelling): SpanInput {
  try {
    if (!isPlain(span)) return span
    const own = { ...span }
    const told = own.labels ?? undefined
    if (told !== undefined && !isPlain(told)) return own
    const labels = labelsFrom(rules, [own.attributes, own.resource], told)
    return Object.keys(labels).length === 0 ? own : { ...own, labels: { ...labels, ...told } }
  } catch {
    return span
  }
}

/** An object of a class may be read in a way of its own: that is left to the store. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function labelledSessions(sessions: SessionStore, rules: Labelling): SessionStore {
  return over<SessionStore>(sessions, {
    async save(session, options) {
      const stored = () => sessions.get(session.id)
      return sessions.save(await changed(session, rules, stored), options)
    },
    async appendRun(run) {
      return sessions.appendRun(appended(run, rules))
    },
    async appendRuns(runs) {
      return sessions.appendRuns(Array.isArray(runs) ? Array.from(runs, (run: RunInput) => appended(run, rules)) : runs)
    },
    async updateRun(id, patch, options) {
      return sessions.updateRun(id, await changed(patch, rules, () => sessions.run(id)), options)
    },
  })
}

/** With the labels that its metadata makes, beside those that are told. */
function appended<T extends Told>(input: T, rules: Labelling): T {
  const labels = labelsOf(input, rules)
  return labels === undefined ? input : { ...input, labels: { ...labels, ...input.labels } }
}

type Told = RunInput | SessionInput | RunPatch

/** The same of what may be there, with other labels: they are told as a whole. */
async function changed<T extends SessionInput | RunPatch>(
  input: T,
  rules: Labelling,
  stored: () => Promise<Session | Run | null>,
): Promise<T> {
  const labels = labelsOf(input, rules)
  if (labels === undefined) return input
  if (input.labels !== undefined) return input.labels === null ? input : appended(input, rules)
  const before = (await unlessInvalid(stored()))?.labels
  return { ...input, labels: { ...before, ...labelsFrom(rules, [input.metadata], without(before, labels)) } }
}

/** `undefined` where there are none. What cannot be read is told of by the store. */
function labelsOf(input: Told, rules: Labelling): Labels | undefined {
  try {
    if (
      !isPlain(input) ||
      input.metadata === undefined ||
      ((input.labels ?? undefined) !== undefined && !isPlain(input.labels))
    )
      return undefined
    const labels = labelsFrom(rules, [input.metadata], input.labels ?? undefined)
    return Object.keys(labels).length === 0 ? undefined : labels
  } catch {
    return undefined
  }
}

/** The labels that are to stay. */
function without(labels: Labels | undefined, others: Labels): Labels {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([name]) => !Object.hasOwn(others, name)))
}

/** An id that is none is refused where it is written. */
async function unlessInvalid<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (StoreError.is(error, 'invalid')) return null
    throw error
  }
}
