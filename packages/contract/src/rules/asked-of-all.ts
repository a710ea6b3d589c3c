/** Whether this is what anybody asks of any object, to print it, to compare it or to await it: no call of a store. */
export function isAskedOfAll(name: PropertyKey): boolean {
  return typeof name === 'symbol' || name in Object.prototype || name === 'then' || name === 'toJSON'
}
