import type { Json } from '../json.js'

/** Any number of fewer characters, and no exponent, is a double as it stands. */
const SHORT = 16

/** JSON's own blanks, as many as there are, and the colon that makes a string before it a key. */
const COLON = /[ \t\n\r]*:/y

/**
 * True where a text of JSON says nothing but its value, as JavaScript reads it. Of a key that is there twice a database may
 * read another value, and of a number that no double is: whoever put it there shows it to those who ask the database.
 */
export function isExactJson(text: string, value: Json): boolean {
  let keys = 0
  for (let at = 0; at < text.length; ) {
    const first = text[at]!
    if (first === '"') {
      at = endOfString(text, at)
      COLON.lastIndex = at
      if (COLON.test(text)) keys += 1
    } else if (first === '-' || (first >= '0' && first <= '9')) {
      const end = endOfNumber(text, at)
      const number = text.slice(at, end)
      if ((number.length >= SHORT || /e/i.test(number)) && !isDouble(number)) return false
      at = end
    } else at += 1
  }
  return keys === countKeys(value)
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && /[\d.eE+-]/.test(text[at]!)) at += 1
  return at
}

function isDouble(number: string): boolean {
  return decimal(number) === decimal(String(Number(number)))
}

/** A number by its digits and the power of ten of the last that is not zero: the same for every way to write it. */
function decimal(number: string): string {
  const [mantissa = '', exponent = '0'] = number.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = `${whole}${fraction}`.replace(/^(-?)0+/, '$1')
  // No regular expression: of a long number with many zeros within it would try each of them as the first of the last ones.
  let end = digits.length
  while (digits[end - 1] === '0') end -= 1
  const significant = digits.slice(0, end)
  if (/^-?$/.test(significant)) return '0'
  return `${significant} ${Number(exponent) - fraction.length + digits.length - significant.length}`
}

function countKeys(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  const items = Object.values(value) as Json[]
  return items.reduce<number>((sum, item) => sum + countKeys(item), Array.isArray(value) ? 0 : items.length)
}
