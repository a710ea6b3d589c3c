import type { Fields } from './fields.js'

/**
 * What is wrong with the text of a URL, whatever its scheme and wherever it was given; `undefined` if nothing is. White
 * space around it and control characters are traces of how it was read, such as the line break at the end of a file. Where
 * one is cut off and another is not, one text leads to two places: so none is, and whoever gave it hears of it.
 */
export function urlTextProblem(url: string): string | undefined {
  if (/\p{Cc}/u.test(url)) return 'has a control character, such as a line break; take it out'
  if (!url.isWellFormed()) return 'has a lone surrogate; take it out'
  if (url !== url.trim()) return 'begins or ends with white space; take it out'
  return undefined
}

/** The name of an option for a message. One that nobody knows may be a piece of a password that was not encoded. */
export function shownOption(name: string): string {
  return /^[A-Za-z][A-Za-z_.-]{0,39}$/.test(name) ? name : 'whose name is not shown'
}

/** How special characters are written in the user and the password of a URL. */
export const ENCODE_USER = 'in user and password write @ : / ? # % as %40 %3A %2F %3F %23 %25'

/** The URL in the field `url`, which is required; a problem of the fields where there is none, or one with such a text. */
export function readUrl(fields: Fields): string | undefined {
  const value = fields.raw('url')
  const url = typeof value === 'string' ? value : fields.text('url')
  const problem = url === '' ? 'is empty; give the URL of the database' : url && urlTextProblem(url)
  if (problem) return fields.problem('url', problem)
  return fields.required('url', url, 'give the URL of the database')
}
