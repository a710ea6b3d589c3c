import type { Labels } from '../labels.js'
import type { Fields } from './fields.js'
import { readSource, shownKind, UNREADABLE } from './fields-source.js'
import type { PlainFields } from './plain-fields.js'
import { MAX_REPAIRS, othersOf } from './repairs.js'
import { isStorable, shownName } from './text.js'

/** Most labels of one row. */
export const MAX_LABELS = 20
/** Most characters and bytes of the text of a label: it fits into an index everywhere. */
const MAX_LABEL_TEXT = 100
const MAX_LABEL_BYTES = 128
/** A character takes at most three bytes. */
const SHORT_LABEL = MAX_LABEL_BYTES / 3
/** Most names that are looked at. */
const MAX_GIVEN = 1000
const NAME = /^[A-Za-z][\w./-]{0,63}$/

/** The mark of a span of which more were told. */
export const TOO_MANY_LABELS = { field: 'labels', reason: `are more than ${MAX_LABELS}; the first by name are kept` }

/** True of what may be the name of a label. */
export function isLabelName(name: string): boolean {
  return NAME.test(name)
}

/** True of what may be the value of one. */
export function isLabelValue(value: unknown): value is string | number | boolean {
  return whyNoLabel(value) === undefined
}

/** The text of each label, by which it is compared. */
export function labelTexts(labels: Labels | undefined): [name: string, text: string][] {
  return labels === undefined ? [] : Object.entries(labels).map(([name, value]) => [name, String(value)])
}

/** True of a row with these labels where each of those wanted is among them. */
export function hasLabels(labels: Labels | undefined, wanted: Labels | undefined): boolean {
  const own = new Map(labelTexts(labels))
  return labelTexts(wanted).every(([name, text]) => own.get(name) === text)
}

/** The labels of an input whose fields are strict: any that cannot be kept is a problem. */
export function labelsOf(fields: Fields): Labels | undefined {
  const { labels, problems } = readLabels(fields.raw('labels'))
  for (const { name, message } of problems) fields.problem(pathOf(name), message)
  if (labels !== undefined && Object.keys(labels).length > MAX_LABELS)
    fields.problem(
      'labels',
      `are ${Object.keys(labels).length}; at most ${MAX_LABELS} are kept, take those that are filtered by`,
    )
  return labels
}

/** The labels of a span: what cannot be kept is left out, and the span says so. */
export function repairedLabels(fields: Fields): Labels | undefined {
  const { labels = {}, problems } = readLabels(fields.raw('labels'), 'null is absent')
  for (const { name, message } of problems.slice(0, MAX_REPAIRS)) fields.repair(pathOf(name), `${message}; left out`)
  if (problems.length > MAX_REPAIRS) fields.take({ problems: [], repairs: [othersOf('labels')] })
  const names = Object.keys(labels)
  if (names.length <= MAX_LABELS) return names.length === 0 ? undefined : labels
  fields.take({ problems: [], repairs: [TOO_MANY_LABELS] })
  return firstLabels(labels)
}

/** Those of a span that is as most are; one that has any to be looked at more closely is odd. */
export function plainLabels(fields: PlainFields): Labels | undefined {
  const given = fields.object('labels')
  if (given === undefined) return undefined
  const { labels, problems } = readLabels(given)
  const count = Object.keys(labels ?? {}).length
  if (problems.length > 0 || count > MAX_LABELS) return fields.odd()
  return count === 0 ? undefined : labels
}

/** The least by name: those of a union are the same however it was put together. */
export function firstLabels(labels: Labels): Labels {
  return Object.fromEntries(inOrder(Object.entries(labels)).slice(0, MAX_LABELS))
}

interface LabelProblem {
  /** Absent where it is about all of them. */
  name?: string
  message: string
}

/** In the order of their names: labels that are the same have the same text. A value that is `undefined` is absent. */
function readLabels(
  given: unknown,
  mode: 'strict' | 'null is absent' = 'strict',
): { labels?: Labels; problems: LabelProblem[] } {
  if (given === undefined || given === null) return { problems: [] }
  const names = namesOf(given)
  if (names === undefined) return { problems: [{ message: UNREADABLE }] }
  if (names.length > MAX_GIVEN)
    return { problems: [{ message: `have ${names.length} names; at most ${MAX_LABELS} are kept` }] }
  const source = readSource(given, names)
  if (typeof source === 'string') return { problems: [{ message: source }] }
  const problems: LabelProblem[] = source.unreadable.map((name) => ({ name, message: UNREADABLE }))
  const kept: [string, Labels[string]][] = []
  for (const name of names) {
    const value = source.values[name]
    if (value === undefined || (value === null && mode !== 'strict')) continue
    const message = isLabelName(name) ? whyNoLabel(value) : NO_NAME
    if (message === undefined) kept.push([name, unsigned(value as Labels[string])])
    else problems.push({ name, message })
  }
  return { labels: Object.fromEntries(inOrder(kept)), problems }
}

const NO_NAME = 'is no name of a label; give at most 64 characters of A-Z a-z 0-9 _ . - / that begin with a letter'

function namesOf(given: unknown): string[] | undefined {
  try {
    return typeof given === 'object' ? Object.keys(given as object) : []
  } catch {
    return undefined
  }
}

function whyNoLabel(value: unknown): string | undefined {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return undefined
  if (value === null) return 'is null; leave it out'
  if (typeof value !== 'string') return `is ${shownKind(value)}; give a text, a number, true or false`
  if (value.length > MAX_LABEL_TEXT)
    return `has ${value.length} characters; a label has at most ${MAX_LABEL_TEXT}, shorten it`
  if (!isStorable(value)) return 'has a NUL character or a lone surrogate; a label must be plain text'
  const bytes = value.length > SHORT_LABEL ? Buffer.byteLength(value) : 0
  return bytes > MAX_LABEL_BYTES ? `has ${bytes} bytes; a label has at most ${MAX_LABEL_BYTES}, shorten it` : undefined
}

/** There is one zero. */
function unsigned(value: Labels[string]): Labels[string] {
  return value === 0 ? 0 : value
}

function inOrder<T>(entries: [string, T][]): [string, T][] {
  return entries.sort(([a], [b]) => (a < b ? -1 : 1))
}

function pathOf(name: string | undefined): string {
  return name === undefined ? 'labels' : `labels.${shownName(name)}`
}
