import { type Domain, type ErrorCode, StoreError, type TenantStorage } from '@freehold/contract'
import type { State } from '../../src/reference/state.js'
import { type Defect, override } from './defect.js'

type Kept<D extends Domain> = State[D] extends Map<string, infer Own> ? Own : never

/** Changes what is kept for a tenant behind the back of its store; nothing when nothing is kept yet. */
export type Edit<D extends Domain> = <T>(work: (own: Kept<D>) => T) => Promise<T | undefined>

/** Wrong methods, in place of those of a store. */
export type Spoil<D extends Domain> = (store: TenantStorage[D], edit: Edit<D>) => Partial<TenantStorage[D]>

/** A defect that replaces methods of one domain's store. */
export function spoiling<D extends Domain>(domain: D, law: string, name: string, spoil: Spoil<D>): Defect {
  return {
    law,
    name,
    plant: (storage, { medium }) =>
      override(storage, domain, (store, tenant) =>
        spoil(store, (work) =>
          medium.transact((state) => {
            const own = (state[domain] as Map<string, Kept<D>>).get(tenant)
            return own === undefined ? undefined : work(own)
          }),
        ),
      ),
  }
}

/** `attempt`, with `instead` in place of a refusal with `code`. */
export async function onRefusal<T>(
  code: ErrorCode,
  attempt: Promise<T>,
  instead: (error: StoreError) => T | Promise<T>,
): Promise<T> {
  try {
    return await attempt
  } catch (error) {
    if (!StoreError.is(error, code)) throw error
    return instead(error)
  }
}

export function refuse(code: ErrorCode): never {
  throw new StoreError(code, 'refused by a planted defect')
}
