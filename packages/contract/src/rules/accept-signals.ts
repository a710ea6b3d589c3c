import type {
  ActivityQuery,
  ModelComparisonQuery,
  RunSignalQuery,
  SignalDays,
  SignalWindow,
  SpendQuery,
  ToolFailureQuery,
} from '../signals.js'
import { dayOf, MAX_TIMESTAMP, type Timestamp } from '../time.js'
import { compact, Fields } from './fields.js'
import { DAY, daysOf, type Periods, periodsOf } from './periods.js'
import { type Dimension, DURATIONS, type Rollup, USAGE } from './rollup-rows.js'

const MAX_DAYS = 366
const MAX_ROWS = 1000
const WINDOW = ['from', 'to', 'limit'] as const
const OWNED = { agentId: 'agent', teamId: 'team', workflowId: 'workflow', userId: 'user' } as const
type OwnerField = keyof typeof OWNED

/**
 * What is to be summed up: of the rows of a rollup with this dimension, in one of these periods, and with this value and name where
 * they are told, these counts by `groupBy`, and by octave as well where `octaves` are asked for; less those in the periods `less`.
 */
export interface RollupQuestion extends Periods {
  rollup: Rollup
  dimension: Dimension
  value?: string
  name?: string
  /** The field of {@link RollupKey} whose value is the key of a group; one group, with the key `''`, where it is left out. */
  groupBy?: 'period' | 'value' | 'name'
  /** The first tells whether there is anything in a group. */
  counts: readonly string[]
  octaves: boolean
}

/** A question, and how many rows of its answer are told. */
export interface AcceptedSignal {
  question: RollupQuestion
  limit: number
}

/** Each refuses what is wrong with a query as `invalid`. `now` is the end of a window that does not tell its own. */
export function acceptRunSignal(query: RunSignalQuery, now: Timestamp): AcceptedSignal {
  return accept('latency query', query, now, {
    by: ['agent', 'team', 'workflow', 'model', 'day'],
    owners: ['agentId', 'teamId', 'workflowId'],
    name: 'model',
    of: () => ({ rollup: 'runs', counts: ['runs', 'errors', ...DURATIONS], octaves: true }),
  })
}

export function acceptSpend(query: SpendQuery, now: Timestamp): AcceptedSignal {
  return accept('spend query', query, now, {
    by: ['agent', 'team', 'workflow', 'user', 'model', 'day'],
    owners: ['agentId', 'teamId', 'workflowId', 'userId'],
    name: 'model',
    others: ['of'],
    of: (fields) => {
      const [rollup, counted] =
        fields.choice('of', ['calls', 'runs']) === 'runs'
          ? (['runs', 'runs'] as const)
          : (['modelCalls', 'calls'] as const)
      return { rollup, counts: [counted, 'errors', ...USAGE], octaves: false }
    },
  })
}

export function acceptToolFailures(query: ToolFailureQuery, now: Timestamp): AcceptedSignal {
  return accept('tool query', query, now, {
    by: ['tool', 'agent', 'day'],
    owners: ['agentId'],
    name: 'tool',
    of: (_, dimension) => {
      const octaves = dimension === 'tool'
      return { rollup: 'toolCalls', counts: ['calls', 'errors', ...(octaves ? DURATIONS : [])], octaves }
    },
  })
}

export function acceptActivity(query: ActivityQuery, now: Timestamp): AcceptedSignal {
  return accept('activity query', query, now, {
    by: ['user', 'day'],
    owners: ['userId'],
    of: () => ({ rollup: 'runs', counts: ['runs', 'errors', 'users'], octaves: false }),
  })
}

export function acceptModelComparison(query: ModelComparisonQuery, now: Timestamp): AcceptedSignal {
  return accept('model query', query, now, {
    always: 'model',
    owners: ['agentId', 'teamId', 'workflowId'],
    name: 'model',
    of: () => ({ rollup: 'runs', counts: ['runs', 'errors', 'cancelled', ...USAGE, ...DURATIONS], octaves: true }),
  })
}

/** The days that are counted anew. */
export function acceptRebuild(days: SignalDays, now: Timestamp): readonly string[] {
  const fields = new Fields('rebuild', days, ['from', 'to'])
  const [from, to] = windowOf(fields, now)
  fields.done()
  return daysOf(from, to)
}

/** What a query may ask for. */
interface Askable {
  by?: readonly string[]
  /** By what it asks, whatever it tells. */
  always?: 'model'
  owners: readonly OwnerField[]
  /** The field that tells a model or a tool, unless it is `always` by that. */
  name?: 'model' | 'tool'
  others?: readonly string[]
  of(fields: Fields, dimension: Dimension): Pick<RollupQuestion, 'rollup' | 'counts' | 'octaves'>
}

function accept(what: string, query: SignalWindow, now: Timestamp, askable: Askable): AcceptedSignal {
  const { by: groups = [], always, owners, name, others = [], of } = askable
  const asked = always === undefined ? ['by', ...owners, ...(name ? [name] : [])] : owners
  // A filter is compared with what is stored: what cannot be stored would find what was put in its place.
  const fields = new Fields(what, query, [...WINDOW, ...asked, ...others], 'exact')
  const [from, to] = windowOf(fields, now)
  const limit = fields.integer('limit', 1, MAX_ROWS) ?? MAX_ROWS
  const by = always ?? fields.choice('by', groups)
  const named = name && fields.name(name)
  const [owner, id] = ownerOf(fields, owners, by)
  const isByName = by !== undefined && by === name
  if (owner === 'user' && (named !== undefined || isByName))
    fields.problem(isByName ? 'by' : name!, 'is not kept of users; leave it out, or leave the user out')
  // A model or a tool is a dimension of its own, but for that beside an owner.
  const [dimension, value, beside] =
    owner === undefined && name !== undefined && (isByName || named !== undefined)
      ? [name, named, undefined]
      : [owner ?? 'all', id, named]
  const kind = of(fields, dimension)
  fields.done()
  const groupBy =
    by === undefined ? undefined : by === 'day' ? 'period' : isByName && owner !== undefined ? 'name' : 'value'
  const periods = groupBy === 'period' ? { periods: daysOf(from, to), less: [] } : periodsOf(from, to)
  const question: RollupQuestion = { ...kind, ...periods, dimension, ...compact({ value, name: beside, groupBy }) }
  return { question, limit }
}

/** The owner that is asked about, or the kind of which each is. */
function ownerOf(
  fields: Fields,
  owners: readonly OwnerField[],
  by: string | undefined,
): readonly [Dimension | undefined, string | undefined] {
  const [owner, ...others] = owners.filter((field) => fields.has(field))
  for (const field of others)
    fields.problem(field, `is a second owner beside ${owner}; counts are kept by one, leave the others out`)
  for (const field of others) fields.id(field)
  const grouped = Object.values(OWNED).find((dimension) => dimension === by)
  if (owner === undefined) return [grouped, undefined]
  const value = fields.id(owner)
  if (grouped !== undefined && grouped !== OWNED[owner])
    fields.problem('by', `is ${grouped} beside ${owner}; counts are kept by one owner, give model or day`)
  return [OWNED[owner], value]
}

/** A window that cannot be read is that of no day: it has a problem. */
function windowOf(fields: Fields, now: Timestamp): readonly [Timestamp, Timestamp] {
  const from = fields.required('from', dayIn(fields, 'from'), 'give the start of the first UTC day, in milliseconds')
  const to = dayIn(fields, 'to') ?? startOfDay(now) + DAY
  if (fields.problems.length > 0) return [0, 0]
  const remedy = `give from 1 to ${MAX_DAYS} days`
  if (from >= to) fields.problem('from', `is not before the end of the window, ${dayOf(to)}; ${remedy}`)
  else if (to - from > MAX_DAYS * DAY)
    fields.problem('from', `is ${(to - from) / DAY} days before the end of the window, ${dayOf(to)}; ${remedy}`)
  return [from, to]
}

function dayIn(fields: Fields, field: 'from' | 'to'): Timestamp | undefined {
  const at = fields.time(field)
  if (at === undefined || at % DAY === 0) return at
  const [start, next] = [startOfDay(at), Math.min(startOfDay(at) + DAY, startOfDay(MAX_TIMESTAMP))]
  return fields.problem(
    field,
    `is not the start of a UTC day, by which is counted; give ${start} (${dayOf(start)}) or ${next} (${dayOf(next)})`,
  )
}

function startOfDay(at: Timestamp): Timestamp {
  return Math.floor(at / DAY) * DAY
}
