import { shownKind } from './fields-source.js'

/** Some engines keep the sign of -0 and others do not; JSON has no -0. */
export function unsigned(value: number): number {
  return value === 0 ? 0 : value
}

/** What is wrong with a number, without the number. */
export function outside(value: unknown, min: number, max: number): string {
  if (typeof value !== 'number' || Number.isNaN(value)) return shownKind(value)
  if (value < min) return `a number below ${min}`
  return value > max ? `a number above ${max}` : 'a number with a fraction'
}
