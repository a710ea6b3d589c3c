import { join } from 'node:path'
import type { Harness, Place } from '@freehold/conformance'
import { DOMAINS, type Domain } from '@freehold/contract'
import { openStorage, type StorageConfig } from 'freehold'
import { sqlitePrompt } from '../../sql/test/prompts.js'
import { tamperSql } from '../../sql/test/tamper.js'

const fileOf = ({ dir }: Place, domain: Domain) => join(dir, `${domain}.db`)

/** Each domain in a file of its own. */
function fourFiles(place: Place): Pick<StorageConfig, 'databases' | 'routes'> {
  return {
    databases: Object.fromEntries(DOMAINS.map((domain) => [domain, `sqlite:${fileOf(place, domain)}`])),
    routes: Object.fromEntries(DOMAINS.map((domain) => [domain, domain])) as Record<Domain, string>,
  }
}

const harness: Harness = {
  name: 'the router over four SQLite files',
  module: import.meta.url,
  // Every write goes through the layer that gives labels, and no case has what becomes one.
  open: (place, { migrate }) => openStorage({ ...fourFiles(place), migrate, labels: { unheard: ['unheard.of'] } }),
  tamper: (place, tampering) => tamperSql((domain) => sqlitePrompt(fileOf(place, domain)), tampering),
}

export const requiringTenants: Harness = {
  ...harness,
  open: (place, { migrate }) => openStorage({ ...fourFiles(place), migrate, tenants: 'required' }),
}

export default harness
