import {
  type Backend,
  type BackendOptions,
  DEFAULT_PREFIX,
  DOMAINS,
  type Domain,
  type Problem,
  StoreError,
  urlTextProblem,
} from '@freehold/contract'
import type { Backends } from './backends.js'
import type { GivenUrl, Target, Targets } from './config.js'

/** One database to connect to, and the domains that live in it. */
export interface Connection {
  /** Where its URL was given. */
  field: string
  backend: Backend
  options: BackendOptions & { domains: readonly Domain[] }
}

interface Group {
  place: Located
  domains: Domain[]
  targets: Target[]
}

/**
 * Loads what the targets need and puts together those that are the same tables, asked for by the same user with the same
 * options: one connection, one pool. Another user of the same tables has a pool of its own, and what that user may do.
 * @param urls looked at as well, so that what is wrong with them is told along with the rest.
 */
export async function planConnections(
  targets: Targets,
  urls: readonly GivenUrl[],
  backends: Backends,
  problems: Problem[],
): Promise<Connection[]> {
  const found = await locate([...urls, ...Object.values(targets)], backends, problems)
  const groups = new Map<string, Group>()
  for (const domain of DOMAINS) {
    const target = targets[domain]
    const place = target && found.get(target.field)
    if (place === undefined) continue
    const key = JSON.stringify([place.identity, target?.prefix ?? DEFAULT_PREFIX, ...howItIsAsked(place.url)])
    const group = groups.get(key) ?? { place, domains: [], targets: [] }
    group.domains.push(domain)
    group.targets.push(target!)
    groups.set(key, group)
  }
  return [...groups.values()].map((group) => connectionOf(group, problems))
}

interface Located {
  /** With its scheme in lower case, as backends know it. */
  url: string
  backend: Backend
  identity: string
}

/**
 * Who asks, and how: what stands before the host and behind the `?`. One that asks for an encrypted connection is not
 * served by the pool of one that does not. For comparing only, it may hold a password.
 */
function howItIsAsked(url: string): string[] {
  const [, user = '', options = ''] = /^[^:]*:(?:\/\/([^/?#]*)@)?[^?#]*(?:\?(.*))?$/s.exec(url) ?? []
  return [user, ...options.split('&').sort()]
}

/** By the field that gave it: not every two that bear one URL are one database. One that cannot be read or served is named as a problem, once for each place that gave it. */
async function locate(
  given: readonly GivenUrl[],
  backends: Backends,
  problems: Problem[],
): Promise<Map<string, Located>> {
  const found = new Map<string, Located>()
  const fields = new Map(given.map(({ field, url }) => [field, url]))
  for (const [field, raw] of fields) {
    const wrong = urlTextProblem(raw)
    if (wrong !== undefined) {
      problems.push({ field, message: wrong })
      continue
    }
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(raw)?.[1]?.toLowerCase() ?? ''
    const url = scheme + raw.slice(scheme.length)
    if (!Object.hasOwn(backends, scheme)) {
      // What stands there is not shown: a URL without its scheme may begin with a password.
      problems.push({ field, message: `has no known scheme; begin it with ${listOf(Object.keys(backends))}` })
      continue
    }
    try {
      const backend = await backends[scheme]!()
      found.set(field, { url, backend, identity: backend.identityOf(url) })
    } catch (error) {
      if (!StoreError.is(error, 'invalid') && !StoreError.is(error, 'unsupported')) throw error
      const messages = error.problems.length > 0 ? error.problems.map((problem) => problem.message) : [error.message]
      problems.push(...messages.map((message) => ({ field, message })))
    }
  }
  return found
}

function connectionOf({ place: { backend, url }, domains, targets }: Group, problems: Problem[]): Connection {
  const { field, prefix } = targets[0]!
  const pools = targets.filter((target) => target.pool !== undefined)
  const own = pools.filter((target) => !target.inherited)
  const sizes = new Set((own.length > 0 ? own : pools).map((target) => target.pool))
  if (sizes.size > 1) {
    // Where every size was meant for another URL, nobody is told of it.
    const fieldOf = (target: Target) => target.field.replace(/url$/, 'pool')
    const others = own.filter((target) => target.pool !== own[0]!.pool).map(fieldOf)
    for (const other of new Set(others))
      problems.push({
        field: other,
        message: `is not that of ${fieldOf(own[0]!)}, which is the same database; give both one size`,
      })
  }
  return {
    field,
    backend,
    options: { url, domains, ...(sizes.size === 1 ? { pool: [...sizes][0] } : {}), ...(prefix ? { prefix } : {}) },
  }
}

function listOf(schemes: readonly string[]): string {
  return schemes.map((scheme) => `${scheme}:`).join(' or ')
}
