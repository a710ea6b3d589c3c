import { StoreError } from '../errors.js'
import { Fields } from './fields.js'

/**
 * Runs the checks of all arguments of a call, so that its caller hears of everything that is wrong at once.
 * @throws StoreError `invalid`
 */
export function acceptAll<T extends readonly unknown[]>(what: string, ...checks: { [I in keyof T]: () => T[I] }): T {
  const refusals: StoreError[] = []
  const values = checks.map((check) => {
    try {
      return check()
    } catch (error) {
      if (!StoreError.is(error, 'invalid')) throw error
      refusals.push(error)
      return undefined
    }
  })
  if (refusals.length === 1) throw refusals[0]
  if (refusals.length > 1)
    throw StoreError.invalid(
      what,
      refusals.flatMap(({ problems }) => problems),
    )
  return values as unknown as T
}

/** An id that is the argument of a method. @throws StoreError `invalid` */
export function checkId(what: string, id: unknown): string {
  const fields = new Fields(what, { id }, ['id'])
  const value = fields.required('id', fields.id('id'), 'give the id of what you mean')
  fields.done()
  return value
}

/** A trace id that is the argument of a method. @throws StoreError `invalid` */
export function checkSpanIds(traceId: unknown, spanId: unknown): { traceId: string; spanId: string } {
  const fields = new Fields('span', { traceId, spanId }, ['traceId', 'spanId'])
  const ids = {
    traceId: fields.required('traceId', fields.hex('traceId', 32), 'give 32 hex digits'),
    spanId: fields.required('spanId', fields.hex('spanId', 16), 'give 16 hex digits'),
  }
  fields.done()
  return ids
}

/** @throws StoreError `invalid` */
export function checkTraceId(traceId: unknown): string {
  const fields = new Fields('trace', { traceId }, ['traceId'])
  const value = fields.required('traceId', fields.hex('traceId', 32), 'give 32 hex digits')
  fields.done()
  return value
}

/** @throws StoreError `invalid` */
export function checkTenant(id: unknown): string {
  const fields = new Fields('tenant', { tenant: id }, ['tenant'])
  const value = fields.required('tenant', fields.id('tenant'), 'give the tenant an id')
  fields.done()
  return value
}

/** The same for a method that names a row by its id and takes something else. @throws StoreError `invalid` */
export function withId<T>(what: string, id: unknown, accept: () => T): [id: string, accepted: T] {
  return acceptAll<[string, T]>(what, () => checkId(what, id), accept)
}
