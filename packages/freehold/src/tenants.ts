import {
  type Domain,
  Fields,
  isAskedOfAll,
  isClosed,
  type Problem,
  type Storage,
  StoreError,
  type TenantStorage,
} from '@freehold/contract'

/**
 * Who the storage is when no tenant is named.
 *
 * - `'required'`: nobody. Each call of its four stores is refused as `invalid`; `tenant(id)`, the relay and the retention, which
 *   are of all tenants, the migrations and `close` stay. No id stands for anything else then: `'default'` is a tenant like any other.
 * - `{ none: id }`: the tenant of this id. Choose one that no customer can have, such as `@platform` where ids of customers
 *   are letters and digits: who has it reads what was written without a tenant.
 */
export type Tenants = 'required' | { readonly none: string }

/** Reads `tenants` where a configuration or options have it. */
export function tenantsIn(fields: Fields, path = 'tenants'): Tenants | undefined {
  const given = fields.raw('tenants')
  if (given === undefined || given === null || given === 'required') return given ?? undefined
  if (typeof given !== 'object' || Array.isArray(given))
    return fields.problem('tenants', "is neither 'required' nor { none: '<id>' }; give one of them, or leave it out")
  const read = new Fields('tenants', given, ['none'], 'strict', path)
  const none = read.required('none', read.id('none'), 'give the id that stands for no tenant')
  fields.problems.push(...read.problems)
  return { none }
}

/** Reads `FREEHOLD_TENANTS`: `required`, or `none=<id>`. */
export function tenantsFrom(value: string | undefined, problems: Problem[]): Tenants | undefined {
  if (value === undefined || value === 'required') return value
  const field = 'FREEHOLD_TENANTS'
  if (!value.startsWith('none=')) {
    problems.push({ field, message: 'is neither required nor none=<id>; give one of them, or unset it' })
    return undefined
  }
  const read = new Fields(field, { none: value.slice('none='.length) }, ['none'])
  const none = read.id('none')
  problems.push(...read.problems.map(({ message }) => ({ field, message })))
  return none === undefined ? undefined : { none }
}

/** The storage as its tenants are to see it. What is one tenant's is not touched: `tenant(id)` costs what it did. */
export function withTenants(storage: Storage, tenants: Tenants | undefined): Storage {
  if (tenants === undefined) return storage
  let closed = false
  const nobody = tenants === 'required' ? requiresTenant(storage, () => closed) : storage.tenant(tenants.none)
  const close = () => {
    closed = true
    return storage.close()
  }
  const { relay, retention, migrations } = storage
  return { ...nobody, tenant: (id) => storage.tenant(id), relay, retention, migrations, close }
}

/** The stores of no tenant: they tell of the backends and refuse every call. */
function requiresTenant(storage: Storage, closed: () => boolean): TenantStorage {
  const { traces, sessions, approvals, audit, capabilities } = storage
  return {
    tenantId: '',
    traces: refusing('traces', traces, closed),
    sessions: refusing('sessions', sessions, closed),
    approvals: refusing('approvals', approvals, closed),
    audit: refusing('audit', audit, closed),
    capabilities,
  }
}

/** Every method of the store, whichever it has, so that one that the contract gains is refused as well. */
function refusing<T extends object>(domain: Domain, store: T, closed: () => boolean): T {
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function' || isAskedOfAll(key)) return value
      return () => Promise.reject(closed() ? isClosed() : withoutTenant(`${domain}.${String(key)}`))
    },
  })
}

function withoutTenant(call: string): StoreError {
  return StoreError.invalid(call, [
    { field: 'tenant', message: `is missing, and tenants are required here; call storage.tenant(id).${call}` },
  ])
}
