import type { Domain, Fields, TenantStorage } from '@freehold/contract'

/** A storage that names no tenant, where one is required, would refuse every record later, and one by one. */
export function checkStorage(fields: Fields, storage: TenantStorage, domain: Domain, method: string): void {
  const store = storage?.[domain] as unknown as Record<string, unknown> | undefined
  if (typeof store?.[method] !== 'function')
    fields.problem('storage', 'is none; give what openStorage resolves to, or a tenant of it')
  else if (storage.tenantId === '')
    fields.problem('storage', 'names no tenant, and tenants are required here; give storage.tenant(id)')
}
