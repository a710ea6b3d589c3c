import { createReadStream } from 'node:fs'

/** More than any line has that is written here. */
const LONGEST_LINE = 67_108_864

/** Of untrusted JSON, its fields; none of what has none. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** The fields of the object that a text is; none of what is no JSON. */
export function fieldsIn(text: string): Record<string, unknown> {
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    return {}
  }
}

/** The lines of a file, each with its line feed. */
export async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  let size = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, at + 1)])
      from = at + 1
      rest = []
      size = 0
    }
    rest.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > LONGEST_LINE) return yield Buffer.concat(rest)
  }
  if (size > 0) yield Buffer.concat(rest)
}

/** The object of a line, if the line is exactly its text. */
export function objectOf(line: Buffer): Record<string, unknown> | undefined {
  const value = fieldsIn(line.toString())
  return Buffer.from(`${JSON.stringify(value)}\n`).equals(line) ? value : undefined
}
