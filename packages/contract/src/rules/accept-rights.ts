import { type AuditRightsOptions, DEFAULT_PREFIX } from '../backend.js'
import { readPrefix } from './accept-options.js'
import { Fields } from './fields.js'
import { readUrl } from './url-text.js'

/** What somebody may do with the rows of a table. */
export type RowRight = 'select' | 'insert' | 'update' | 'delete'

const ALL: readonly RowRight[] = ['select', 'insert', 'update', 'delete']

/** What appending needs of the tables of the audit; of all others, and of a head whose stream is new, more. */
const APPENDING: Readonly<Record<string, readonly RowRight[]>> = {
  audit: ['select', 'insert'],
  audit_heads: ['select', 'insert', 'update'],
  audit_migrations: ['select'],
}

/** What a user who appends to the audit may do with a table, by its name without prefix. */
export function rightsOf(table: string): readonly RowRight[] {
  return APPENDING[table] ?? ALL
}

/** @throws StoreError `invalid` */
export function acceptRights(options: AuditRightsOptions): Required<AuditRightsOptions> {
  const fields = new Fields('audit rights', options, ['url', 'prefix', 'user'])
  const accepted = {
    url: readUrl(fields)!,
    prefix: readPrefix(fields) ?? DEFAULT_PREFIX,
    user: fields.required('user', fields.id('user'), 'name the user of the application'),
  }
  fields.done()
  return accepted
}
