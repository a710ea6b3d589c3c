import { DOMAINS, type Domain, type Problem, PURGED, shownName } from '@freehold/contract'
import type { GivenUrl } from './config.js'
import { type KeptByVariables, retentionFrom, retentionVariable } from './retention/retention-config.js'
import { type Tenants, tenantsFrom } from './tenants.js'

/** What the environment says; it wins over the configuration file. */
export interface Environment {
  urls: Partial<Record<Domain, GivenUrl>>
  migrate?: boolean
  tenants?: Tenants
  retention: KeptByVariables
}

export type Variables = Readonly<Record<string, string | undefined>>

export function urlVariable(domain: Domain): string {
  return `FREEHOLD_${domain.toUpperCase()}_URL`
}

/** `FREEHOLD_URL` is for all four domains, `FREEHOLD_AUDIT_URL` and its like for one, and the one wins over the all. */
export function readEnvironment(variables: Variables, problems: Problem[]): Environment {
  refuseUnknown(variables, problems)
  const all = urlIn(variables, 'FREEHOLD_URL', problems)
  const urls: Environment['urls'] = {}
  for (const domain of DOMAINS) {
    const given = urlIn(variables, urlVariable(domain), problems) ?? all
    if (given !== undefined) urls[domain] = given
  }
  return {
    urls,
    migrate: migrateIn(variables, problems),
    tenants: tenantsFrom(variables.FREEHOLD_TENANTS, problems),
    retention: retentionFrom(variables, problems),
  }
}

function urlIn(variables: Variables, field: string, problems: Problem[]): GivenUrl | undefined {
  const url = variables[field]
  if (url === undefined) return undefined
  if (url.trim() === '') {
    problems.push({ field, message: 'is empty; give it the URL of a database, or unset it' })
    return undefined
  }
  return { field, url }
}

function migrateIn(variables: Variables, problems: Problem[]): boolean | undefined {
  const value = variables.FREEHOLD_MIGRATE
  if (value === undefined) return undefined
  if (value !== 'true' && value !== 'false')
    problems.push({ field: 'FREEHOLD_MIGRATE', message: 'is neither true nor false; give one of them, or unset it' })
  return value === 'true'
}

/** What Kubernetes and Docker set for a service that is called `freehold` or `freehold-…`: nobody wrote it for us. */
const OF_A_SERVICE = /^FREEHOLD_(\w+_)?(SERVICE_(HOST|PORT)|PORT)(_\w+)?$/

/**
 * A misspelt variable would leave a domain in another database, or a schema behind, without a word. Where code gives the
 * databases, other names that begin alike may be its own, so only those that look like the one that is heeded are refused.
 */
export function refuseUnknown(variables: Variables, problems: Problem[], like = /^FREEHOLD_./): void {
  const known = [
    'FREEHOLD_CONFIG',
    'FREEHOLD_URL',
    ...DOMAINS.map(urlVariable),
    ...PURGED.map(retentionVariable),
    'FREEHOLD_MIGRATE',
    'FREEHOLD_TENANTS',
  ]
  for (const field of Object.keys(variables).sort())
    if (like.test(field) && !known.includes(field) && !OF_A_SERVICE.test(field))
      problems.push({
        field: shownName(field),
        message: `is not a variable of freehold; the variables are ${known.join(', ')}`,
      })
}
