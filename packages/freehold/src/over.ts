/** A store with some methods of another, and the rest its own, whichever it has. */
export function over<Layer extends object>(store: Partial<Layer>, own: Partial<Layer>): Layer {
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name)
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
    has: (target, name) => Object.hasOwn(own, name) || Reflect.has(target, name),
  }) as Layer
}
