export type Print = (text: string) => void

/** How output is coloured: not at all unless a person looks at it (https://no-color.org). */
export interface Style {
  colour: boolean
  /** Columns of the terminal. */
  width: number
}

export function terminalStyle(): Style {
  const { isTTY, columns } = process.stdout
  return { colour: isTTY === true && !process.env.NO_COLOR, width: Math.max(80, Math.min(columns || 120, 160)) }
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 }
export type Colour = keyof typeof CODES

export function paint(text: string, colour: Colour, style: Style): string {
  return style.colour ? `\u001B[${CODES[colour]}m${text}\u001B[0m` : text
}

/** `text` in exactly `width` columns, cut with an ellipsis or padded. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const characters = Array.from(text)
  if (characters.length > width) return `${characters.slice(0, width - 1).join('')}…`
  const padding = ' '.repeat(width - characters.length)
  return align === 'left' ? text + padding : padding + text
}

/** Text from a file or a model, which must neither steer the terminal nor turn the order of what stands on it. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, ' ')
}

/** `1 span`, `2 spans`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

export function heading(text: string, style: Style): string {
  return `\n${paint(text, 'bold', style)}`
}
