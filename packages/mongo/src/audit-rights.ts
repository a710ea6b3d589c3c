import { type AuditRightsOptions, acceptRights, DOMAINS, type RowRight, rightsOf } from '@freehold/contract'
import { MIGRATIONS } from './migrations/index.js'
import { history, LEASES } from './schema.js'
import { partsOf } from './url.js'

/** What a right is called here. */
const ACTIONS: Readonly<Record<RowRight, string>> = {
  select: 'find',
  insert: 'insert',
  update: 'update',
  delete: 'remove',
}

/** See `Backend` in the contract. `user` is a role: here no user has rights of its own. */
export function auditRights(options: AuditRightsOptions): string[] {
  const { url, prefix, user } = acceptRights(options)
  const { database: db } = partsOf(url)
  const own = DOMAINS.flatMap((domain) => MIGRATIONS[domain].flatMap(({ collections }) => collections))
  const all = [...own, ...DOMAINS.map(history), LEASES].map(({ name }) => name)
  const privileges = [...new Set(all)].map((name) => ({
    resource: { db, collection: prefix + name },
    actions: rightsOf(name).map((right) => ACTIONS[right]),
  }))
  const look = { resource: { db, collection: '' }, actions: ['listCollections', 'listIndexes'] }
  const command = { updateRole: user, privileges: [...privileges, look], roles: [] }
  return [`db.getSiblingDB(${JSON.stringify(db)}).runCommand(${JSON.stringify(command)})`]
}
