import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A file of a log. */
export interface Segment {
  readonly path: string
  /** Number of its first record, which is its name. */
  readonly first: number
  /** Bytes of it that are on the disk for certain. */
  size: number
}

const NAME = /^(\d{16})\.segment$/

export function segmentAt(directory: string, first: number): Segment {
  return { path: join(directory, `${String(first).padStart(16, '0')}.segment`), first, size: 0 }
}

/** The segments in a directory, oldest first. */
export async function segmentsIn(directory: string): Promise<Segment[]> {
  const firsts = (await readdir(directory)).flatMap((name) => NAME.exec(name)?.[1] ?? [])
  const segments = firsts.sort().map((first) => segmentAt(directory, Number(first)))
  for (const segment of segments) segment.size = (await stat(segment.path)).size
  return segments
}
