import { type Domain, StoreError } from '@freehold/contract'

/** What the documents of a history have while their domain is taken down: nothing is read of it then, or built on it. */
export const LEAVING = 'leaving'

/** Thrown where a history has {@link LEAVING}. */
export function halfGone(domain: Domain): StoreError {
  return new StoreError('unsupported', `the schema of ${domain} is half taken down; ${anew(domain)}`)
}

/** What helps where something of a domain is gone. */
export function anew(domain: Domain): string {
  return `restore it from a copy, or lose the domain: migrations.down('${domain}') and then up() make it anew, empty`
}
