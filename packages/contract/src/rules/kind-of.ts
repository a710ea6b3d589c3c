/** The shape of a value, for messages: never its content. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of ${value.length}`
  switch (typeof value) {
    case 'undefined':
      return 'nothing'
    case 'string':
      return value === '' ? 'an empty string' : `a string of ${value.length} character${value.length === 1 ? '' : 's'}`
    case 'number':
      return Number.isNaN(value) ? 'NaN' : 'a number'
    case 'object':
      return `a ${classOf(value)}`.replace('a Object', 'an object')
    default:
      return `a ${typeof value}`
  }
}

/** From the prototype: a property named `constructor` would be the caller's data. */
function classOf(value: object): string {
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  return typeof name === 'string' && /^\w{1,40}$/.test(name) ? name : 'Object'
}
