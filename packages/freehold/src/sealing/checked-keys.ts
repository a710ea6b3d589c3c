import { StoreError } from '@freehold/contract'
import type { KeyStore } from './key-store.js'

/** A key store whose every failure is a `StoreError`, whoever wrote it. */
export function checkedKeys(keys: KeyStore): KeyStore {
  return new Proxy(keys, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]) => {
        try {
          return checked(await Reflect.apply(method, target, args))
        } catch (error) {
          if (StoreError.is(error)) throw error
          throw new StoreError('unavailable', 'the key store failed; see the cause', { cause: error })
        }
      }
    },
  })
}

function checked(result: unknown): unknown {
  const { key } = (result ?? {}) as { key?: unknown }
  if (key === undefined || (key instanceof Uint8Array && key.length === 32)) return result
  throw new StoreError(
    'internal',
    'the key store gave a key that has not 32 bytes; mend it, nothing was sealed with it',
  )
}
