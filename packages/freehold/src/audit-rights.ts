import type { AuditRightsOptions } from '@freehold/contract'
import { BACKENDS } from './backends.js'
import type { StorageConfig } from './config.js'
import { resolveConfig } from './resolve.js'

/**
 * The statements for an administrator after which the user of an application appends to the audit and cannot change it, in the words
 * of the database that the audit is routed to. Takes what `openStorage` takes for its first; nothing is connected to.
 *
 * @throws StoreError `invalid`; `unsupported` where the database knows no users
 */
export async function auditRights(
  { user }: Pick<AuditRightsOptions, 'user'>,
  config?: string | StorageConfig,
): Promise<string[]> {
  const host = { directory: process.cwd(), variables: process.env, backends: BACKENDS }
  const { connections } = await resolveConfig(config, host)
  const { backend, options } = connections.find(({ options: { domains } }) => domains.includes('audit'))!
  const { url, prefix } = options
  return backend.auditRights({ url, ...(prefix === undefined ? {} : { prefix }), user })
}
