import type { Watch } from './flow.js'
import { isThenable } from './thenable.js'

type Method = (...args: unknown[]) => unknown

const GENERATORS = ['[object Generator]', '[object AsyncGenerator]']

/**
 * The same object, whose iterators tell what they give. A proxy, so that it has all else that the object has; the object itself
 * stays as it is, since others may have it too.
 */
export function watchedIterable(source: object, watch: Watch): object {
  return proxyOf(source, watch, GENERATORS.includes(Object.prototype.toString.call(source)))
}

function proxyOf(source: object, watch: Watch, isIterator: boolean): object {
  const proxy: object = new Proxy(source, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (isIterator && key === 'return' && value === undefined) return () => givenUp(watch)
      if (typeof value !== 'function' || key === 'constructor' || isFixed(target, key)) return value
      const method = value.bind(target) as Method
      if (key === Symbol.asyncIterator || key === Symbol.iterator)
        return () => {
          const iterator = watch.flow.within(() => method()) as object
          return iterator === target ? proxy : proxyOf(iterator, watch, true)
        }
      const isStep = isIterator && (key === 'next' || key === 'return' || key === 'throw')
      return isStep ? (...args: unknown[]) => step(() => method(...args), watch) : method
    },
    // Setters of a class may need the object itself.
    set: (target, key, value) => Reflect.set(target, key, value),
  })
  return proxy
}

/** Whether it is frozen, or the like: a proxy must show it as it is. */
export function isFixed(target: object, key: PropertyKey): boolean {
  const property = Object.getOwnPropertyDescriptor(target, key)
  return property?.configurable === false && property.writable === false
}

/** As an iterator without `return` is left: nothing more is asked of it. */
function givenUp(watch: Watch): IteratorResult<unknown> {
  watch.flow.end()
  return { done: true, value: undefined }
}

/** One step of an iterator: a result, a promise of one, or a failure. */
function step(act: () => unknown, watch: Watch): unknown {
  const took = (result: unknown): unknown => {
    const { done, value } = result as IteratorResult<unknown>
    if (done) watch.flow.end()
    else watch.flow.took(value)
    return result
  }
  const refused = (thrown: unknown): never => {
    watch.flow.fail(thrown)
    throw thrown
  }
  let result: unknown
  try {
    result = watch.flow.within(act)
  } catch (thrown) {
    return refused(thrown)
  }
  return isThenable(result) ? Promise.resolve(result).then(took, refused) : took(result)
}
