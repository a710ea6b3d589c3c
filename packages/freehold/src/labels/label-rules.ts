import { Fields, isLabelName, isLabelValue, type Labels, MAX_LABELS, shownName } from '@freehold/contract'

/**
 * For each label the attribute that becomes it, or several, of which the first that is there does: such as
 * `{ environment: 'deployment.environment.name', release: ['service.version', 'langsmith.metadata.revision_id'] }`. They are
 * looked for in the attributes of a span and then in its resource, and in the metadata of a session or a run.
 */
export type LabelRules = Readonly<Record<string, string | readonly string[]>>

/** What was read: the attributes of each label. */
export type Labelling = ReadonlyMap<string, readonly string[]>

/** Most attributes of one label, and characters of the name of one. */
const MAX_ATTRIBUTES = 20
const MAX_ATTRIBUTE = 255

/** Reads `labels` where a configuration has it. */
export function labelRulesIn(fields: Fields): Labelling | undefined {
  const given = fields.raw('labels')
  if (given === undefined || given === null) return undefined
  if (typeof given !== 'object' || Array.isArray(given))
    return fields.problem('labels', "is no object; give one such as { environment: 'deployment.environment.name' }")
  const names = Object.keys(given)
  if (names.length > MAX_LABELS)
    fields.problem('labels', `are ${names.length}; at most ${MAX_LABELS} are kept, take those that are filtered by`)
  for (const name of names.filter((name) => !isLabelName(name)))
    fields.problem(
      'labels',
      `has ${JSON.stringify(shownName(name))}, which is no name of a label; give at most 64 characters of A-Z a-z 0-9 _ . - / that begin with a letter`,
    )
  const own = new Fields('labels', given, names, 'strict', 'labels')
  const rules = names.filter(isLabelName).map((name) => [name, attributesIn(own, name)] as const)
  fields.take(own)
  return new Map(rules)
}

function attributesIn(fields: Fields, name: string): readonly string[] {
  const given = fields.raw(name)
  const attributes: unknown[] = Array.isArray(given) ? given : [given]
  const isOne = (one: unknown) => typeof one === 'string' && one !== '' && one.length <= MAX_ATTRIBUTE
  if (attributes.length > 0 && attributes.length <= MAX_ATTRIBUTES && attributes.every(isOne))
    return attributes as string[]
  if (!fields.clears(name))
    fields.problem(
      name,
      `names no attribute; give the name of one, or a list of up to ${MAX_ATTRIBUTES}, of at most ${MAX_ATTRIBUTE} characters each`,
    )
  return []
}

/**
 * The labels that these make of attributes, but for those that are told already, and as many as there is room for. A value that is
 * none of a label is passed over.
 */
export function labelsFrom(rules: Labelling, sources: readonly unknown[], told: Labels = {}): Labels {
  const found: [string, Labels[string]][] = []
  const room = MAX_LABELS - Object.keys(told).length
  for (const [name, attributes] of rules) {
    if (found.length >= room) break
    if (Object.hasOwn(told, name) && told[name] !== undefined) continue
    const value = firstOf(attributes, sources)
    if (value !== undefined) found.push([name, value])
  }
  return Object.fromEntries(found)
}

function firstOf(attributes: readonly string[], sources: readonly unknown[]): Labels[string] {
  for (const attribute of attributes)
    for (const source of sources) {
      if (!isObject(source) || !Object.hasOwn(source, attribute)) continue
      const value = source[attribute]
      if (isLabelValue(value)) return value
    }
  return undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
