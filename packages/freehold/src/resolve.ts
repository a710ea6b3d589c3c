import { DOMAINS, type Domain, Fields, type Problem, StoreError } from '@freehold/contract'
import type { Backends } from './backends.js'
import { checkConfig } from './check-config.js'
import type { OpenOptions, StorageConfig, Targets } from './config.js'
import { findConfigFile } from './config-file.js'
import { type Environment, readEnvironment, refuseUnknown, urlVariable, type Variables } from './environment.js'
import type { Labelling } from './labels/label-rules.js'
import { type Connection, planConnections } from './plan.js'
import { type Retaining, retainingBy } from './retention/retention-config.js'
import { type Tenants, tenantsFrom, tenantsIn } from './tenants.js'

/** What the process offers. */
export interface Host {
  directory: string
  variables: Variables
  backends: Backends
}

export interface Resolved {
  connections: Connection[]
  migrate: boolean
  tenants: Tenants | undefined
  retention: Retaining | undefined
  labels: Labelling | undefined
}

/**
 * From a configuration, or from the file and the environment when none is given, to the databases to connect to. No
 * database is touched. Of the environment, `FREEHOLD_TENANTS` is heeded all the same: who sets it in a deployment is not to
 * be left without tenants because the URL is in the code.
 * @throws StoreError `invalid`, with every problem there is
 */
export async function resolveConfig(
  config: string | StorageConfig | undefined,
  host: Host,
  options: OpenOptions = {},
): Promise<Resolved> {
  const problems: Problem[] = []
  const told = new Fields('options', options, ['migrate', 'tenants'], 'strict', 'options')
  const wins = { migrate: told.flag('migrate'), tenants: tenantsIn(told, 'options.tenants') }
  problems.push(...told.problems)
  const { what, targets, urls, migrate, tenants, retention, labels } =
    config === undefined ? await lookAround(host, problems) : asGiven(config, host, problems)
  const connections = await planConnections(targets, urls, host.backends, problems)
  if (problems.length > 0) throw StoreError.invalid(what, problems)
  return { connections, migrate: wins.migrate ?? migrate ?? false, tenants: wins.tenants ?? tenants, retention, labels }
}

const LIKE_TENANTS = /^FREEHOLD_(\w*_)?TENAN/

function asGiven(config: string | StorageConfig, { variables }: Host, problems: Problem[]) {
  const checked = checkConfig(config, [], problems)
  refuseUnknown(variables, problems, LIKE_TENANTS)
  const elsewhere = tenantsFrom(variables.FREEHOLD_TENANTS, problems)
  return { what: 'storage configuration', ...checked, tenants: checked.tenants ?? elsewhere }
}

async function lookAround(host: Host, problems: Problem[]) {
  const environment = readEnvironment(host.variables, problems)
  const elsewhere = DOMAINS.filter((domain) => environment.urls[domain] !== undefined)
  const file = await findConfigFile(host.directory, host.variables, problems)
  if (file === undefined) {
    if (problems.length === 0) refuseGaps(elsewhere, host.backends, problems)
    const { migrate, tenants } = environment
    const retention = retainingBy(environment.retention)
    const targets = overlay({}, environment)
    return { what: 'storage configuration', targets, urls: [], migrate, tenants, retention, labels: undefined }
  }
  const checked = checkConfig(file.content, elsewhere, problems, environment.retention)
  const { targets, urls, migrate, tenants, retention, labels } = checked
  return {
    what: `storage configuration in ${file.name}`,
    targets: overlay(targets, environment),
    urls,
    migrate: environment.migrate ?? migrate,
    tenants: environment.tenants ?? tenants,
    retention,
    labels,
  }
}

/** The environment replaces URLs; the prefix, and the pool where nothing speaks against it, stay those of the file. */
function overlay(targets: Targets, environment: Environment): Targets {
  const overlaid = { ...targets }
  for (const domain of DOMAINS) {
    const given = environment.urls[domain]
    if (given !== undefined) overlaid[domain] = { ...targets[domain], ...given, inherited: true }
  }
  return overlaid
}

function refuseGaps(routed: readonly Domain[], backends: Backends, problems: Problem[]): void {
  const example = `${Object.keys(backends)[0]}:…`
  if (routed.length === 0)
    problems.push({
      field: 'FREEHOLD_URL',
      message: `is not set, and there is no freehold.config.{js,mjs,json,ts} here; set it to the URL of a database (${example}), write the file, or pass a URL to openStorage`,
    })
  else
    for (const domain of DOMAINS)
      if (!routed.includes(domain))
        problems.push({
          field: urlVariable(domain),
          message: 'is not set; set it, or FREEHOLD_URL for all four domains',
        })
}
