import { DOMAINS, type Domain, Fields, isGiven, MAX_POOL, type Problem, readPrefix, readUrl } from '@freehold/contract'
import { type DatabaseConfig, type GivenUrl, PLAIN_NAME, type Targets } from './config.js'
import { type Labelling, labelRulesIn } from './labels/label-rules.js'
import { type KeptByVariables, type Retaining, retainingBy, retentionIn } from './retention/retention-config.js'
import { type Tenants, tenantsIn } from './tenants.js'

/** A configuration that was read: where each domain goes. */
export interface Checked {
  targets: Targets
  /** Every URL that could be read, routed or not, but those that the environment replaced. */
  urls: GivenUrl[]
  migrate?: boolean
  tenants?: Tenants
  retention?: Retaining
  labels?: Labelling
}

/**
 * Reads a configuration and gathers everything that is wrong with it.
 * @param elsewhere domains that the environment routes: the configuration need not.
 * @param kept how long the environment has domains kept, whatever the configuration says
 */
export function checkConfig(
  input: unknown,
  elsewhere: readonly Domain[],
  problems: Problem[],
  kept: KeptByVariables = {},
): Checked {
  if (typeof input === 'string')
    return { targets: everywhere('url', { url: input }), urls: [], retention: retainingBy(kept), labels: undefined }
  const fields = new Fields(
    'configuration',
    shownKeys(input, (message) => problems.push({ field: 'configuration', message })),
    ['databases', 'routes', 'migrate', 'tenants', 'retention', 'labels'],
  )
  const databases = readDatabases(fields)
  const read = databases === undefined ? noRoutes(fields) : readRoutes(fields, databases, elsewhere)
  const migrate = fields.flag('migrate')
  const tenants = tenantsIn(fields)
  const retention = retentionIn(fields, kept)
  const labels = labelRulesIn(fields)
  problems.push(...fields.problems)
  return { ...read, migrate, tenants, retention, labels }
}

type Databases = ReadonlyMap<string, DatabaseConfig | undefined>

/** By name; `undefined` for one without a URL, and for all when none has a name: routes need not say it again. */
function readDatabases(fields: Fields): Databases | undefined {
  const given = fields.raw('databases')
  const names = isObject(given) ? Object.keys(given).filter((name) => isGiven(given, name)) : []
  if (!isObject(given) || names.length === 0) {
    const remedy = "give at least one, such as { main: '<url>' }"
    if (fields.clears('databases')) fields.required('databases', undefined, remedy)
    // What is not an object at all, or cannot be read, was named already.
    else if (fields.problems.every(({ field }) => field !== 'configuration' && field !== 'databases'))
      fields.problem('databases', `names no database; ${remedy}`)
    return undefined
  }
  const plain = names.filter((name) => PLAIN_NAME.test(name))
  const listed = new Fields('databases', only(given, plain), plain, 'strict', 'databases', plain)
  fields.take(listed)
  const databases = new Map<string, DatabaseConfig | undefined>()
  for (const name of names) {
    if (!PLAIN_NAME.test(name))
      fields.problem('databases', 'has a name with other characters than letters, digits, - and _; rename it')
    else if (listed.problems.some(({ field }) => field === `databases.${name}`)) databases.set(name, undefined)
    else databases.set(name, readDatabase(fields, name, listed.raw(name)))
  }
  return databases.size === 0 ? undefined : databases
}

function readDatabase(fields: Fields, name: string, value: unknown): DatabaseConfig | undefined {
  const path = `databases.${name}`
  const input =
    typeof value === 'string' ? { url: value } : shownKeys(value, (message) => fields.problem(path, message))
  const database = new Fields('a database', input, ['url', 'pool', 'prefix'], 'strict', path)
  // Of what is no object it is told only that.
  const url = isObject(input) ? readUrl(database) : undefined
  const pool = database.integer('pool', 1, MAX_POOL)
  const prefix = readPrefix(database)
  fields.take(database)
  return url === undefined ? undefined : { url, pool, prefix }
}

function routesIn(fields: Fields): Fields {
  const given = shownKeys(fields.raw('routes') ?? {}, (message) => fields.problem('routes', message))
  return new Fields('routes', given, DOMAINS, 'strict', 'routes')
}

/** Without databases it can still be told which routes are none. */
function noRoutes(fields: Fields): Omit<Checked, 'migrate'> {
  fields.take(routesIn(fields))
  return { targets: {}, urls: [] }
}

function readRoutes(
  fields: Fields,
  databases: Databases,
  elsewhere: readonly Domain[],
): Pick<Checked, 'targets' | 'urls'> {
  const routes = routesIn(fields)
  const names = [...databases.keys()]
  const known = `the databases are ${names.join(', ')}`
  const only = names.length === 1 ? names[0] : undefined
  const users = new Map<string, Domain[]>(names.map((name) => [name, []]))
  const targets: Targets = {}
  for (const domain of DOMAINS) {
    const name = routes.text(domain) ?? only
    if (name === undefined) {
      const told = routes.problems.some((problem) => problem.field === `routes.${domain}`)
      if (!told && !elsewhere.includes(domain)) routes.problem(domain, `is missing; name its database: ${known}`)
      continue
    }
    if (!databases.has(name)) {
      routes.problem(domain, `names ${PLAIN_NAME.test(name) ? name : 'something'}, which is not a database; ${known}`)
      continue
    }
    users.get(name)!.push(domain)
    const database = databases.get(name)
    if (database !== undefined) targets[domain] = { ...database, field: urlField(name), inherited: false }
  }
  // With a route in doubt it is not known which databases are idle.
  if (routes.problems.length === 0 && elsewhere.length === 0)
    for (const name of names)
      if (users.get(name)!.length === 0)
        fields.problem(
          `databases.${name}`,
          `is used by no route; route one of ${DOMAINS.join(', ')} to it, or remove it`,
        )
  const isReplaced = (name: string) => {
    const domains = users.get(name)!
    // With a route in doubt, a database without one may be what the route meant.
    if (domains.length === 0 && routes.problems.length > 0) return elsewhere.length === DOMAINS.length
    return elsewhere.length > 0 && domains.every((domain) => elsewhere.includes(domain))
  }
  fields.take(routes)
  const urls = [...databases].flatMap(([name, database]) =>
    database === undefined || isReplaced(name) ? [] : [{ field: urlField(name), url: database.url }],
  )
  return { targets, urls }
}

function urlField(database: string): string {
  return `databases.${database}.url`
}

/** All four domains in one database. */
function everywhere(field: string, database: DatabaseConfig): Targets {
  return Object.fromEntries(DOMAINS.map((domain) => [domain, { ...database, field, inherited: false }]))
}

/** Leaves out keys that a message could not show, such as a URL in the wrong place, and tells of them as one problem. */
function shownKeys(input: unknown, tell: (message: string) => unknown): unknown {
  if (!isObject(input)) return input
  const keys = Object.keys(input)
  const shown = keys.filter((key) => PLAIN_NAME.test(key))
  // What has other ways to be read, such as a getter of its class, is read as it was given.
  if (shown.length === keys.length) return input
  tell('has a key with other characters than letters, digits, - and _; remove it')
  return only(input, shown)
}

/** The object with only these keys. None is read here: one that throws is told by whoever reads it. */
function only(input: object, keys: readonly string[]): object {
  const get = (key: string) => ({ enumerable: true, get: () => input[key as keyof typeof input] })
  return Object.defineProperties({}, Object.fromEntries(keys.map((key) => [key, get(key)])))
}

/** True of what has keys; of a proxy that throws it is told as of what is none. */
function isObject(value: unknown): value is object {
  try {
    return typeof value === 'object' && value !== null && !Array.isArray(value) && Array.isArray(Object.keys(value))
  } catch {
    return false
  }
}
