import { type AuditRightsOptions, acceptRights, rightsOf } from '@freehold/contract'
import { dialectOf } from './dialects/index.js'
import { TABLES } from './migrations/index.js'

/** See `Backend` in the contract. */
export function auditRights(options: AuditRightsOptions): string[] {
  const { url, prefix, user } = acceptRights(options)
  const tables = [...TABLES.keys()].map((name) => ({ table: prefix + name, rights: rightsOf(name) }))
  return dialectOf(url).limitRights(url, user, tables)
}
