import type { Measured, Unit } from './result.js'

const HEAD = ['what', 'Freehold', 'slowest – fastest', 'by hand', 'share', 'budget', '']

/** One line for each figure, as cells of text. */
export function cellsOf(measured: readonly Measured[]): string[][] {
  return [HEAD, ...measured.map(cells)]
}

/** A table of Markdown, whose columns also line up for a person at a terminal. */
export function tableOf(measured: readonly Measured[]): string {
  return markdownTable(cellsOf(measured))
}

/** The first line is the head; what its first column has stands left, numbers right. */
export function markdownTable(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(1, ...lines.map((line) => line[column]!.length)))
  const lineOf = (line: readonly string[]) =>
    `| ${line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(Math.max(0, width - 1))}:`)).join(' | ')} |`
  const [head, ...rest] = lines.map(lineOf)
  return [head, rule, ...rest].join('\n')
}

function cells({ what, unit, freehold, range, raw, share, budget }: Measured): string[] {
  return [
    what,
    figure(freehold, unit),
    range === undefined ? '' : `${bare(range[0], unit)} – ${bare(range[1], unit)}`,
    raw === undefined ? '' : figure(raw, unit),
    share === undefined ? '' : share.toFixed(2),
    budget?.text ?? '',
    budget === undefined ? '' : budget.met ? '✓' : '✗',
  ]
}

function figure(value: number, unit: Unit): string {
  return `${bare(value, unit)} ${unit}`
}

function bare(value: number, unit: Unit): string {
  return unit === 'spans/s' || unit === 'entries/s'
    ? Math.round(value).toLocaleString('en-US')
    : value.toFixed(value < 10 ? 2 : 1)
}
