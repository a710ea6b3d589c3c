import { type BackendOptions, DEFAULT_PREFIX, MAX_POOL, PREFIX_PATTERN } from '../backend.js'
import { DOMAINS, type Domain } from '../domain.js'
import { StoreError } from '../errors.js'
import { isAskedOfAll } from './asked-of-all.js'
import { Fields } from './fields.js'
import { readUrl } from './url-text.js'

/** Options that were checked, with what was left out filled in. */
export interface AcceptedOptions {
  url: string
  pool: number | undefined
  prefix: string
  domains: readonly Domain[]
  schema: NonNullable<BackendOptions['schema']>
}

/** The prefix of tables, if one is given. */
export function readPrefix(fields: Fields): string | undefined {
  const prefix = fields.text('prefix')
  if (prefix === undefined || PREFIX_PATTERN.test(prefix)) return prefix
  const says =
    'cannot begin the name of a table; give 1 to 20 lower-case letters, digits and underscores, no digit first'
  return fields.problem('prefix', says)
}

/** @throws StoreError `invalid`, with every problem there is and no part of the URL */
export function acceptOptions(options: BackendOptions): AcceptedOptions {
  const fields = new Fields('connect', options, ['url', 'pool', 'prefix', 'domains', 'schema'])
  const url = readUrl(fields)!
  const pool = fields.integer('pool', 1, MAX_POOL)
  const prefix = readPrefix(fields) ?? DEFAULT_PREFIX
  const schema = fields.choice('schema', ['check', 'migrate', 'ignore'] as const) ?? 'check'
  const domains = readDomains(fields)
  fields.done()
  return { url, pool, prefix, domains, schema }
}

/** A list of our own, each once: the caller may go on to change the one that was given. */
function readDomains(fields: Fields): readonly Domain[] {
  const given = fields.raw('domains') ?? DOMAINS
  const domains: unknown[] = Array.isArray(given) ? [...new Set(given)] : [undefined]
  if (domains.length === 0) fields.problem('domains', `is empty; name at least one of ${DOMAINS.join(', ')}`)
  if (!domains.every((domain) => DOMAINS.includes(domain as Domain)))
    fields.problem('domains', `has an unknown name; the domains are ${DOMAINS.join(', ')}`)
  return domains as Domain[]
}

/** Stands for a domain that was not opened here. */
export function refusing<S extends object>(domain: Domain): S {
  const refuse = () =>
    Promise.reject(new StoreError('unsupported', `${domain} was not opened on this database; name it in \`domains\``))
  return new Proxy({} as S, {
    get: (target, name) => (isAskedOfAll(name) ? Reflect.get(target, name) : refuse),
  })
}
