import { resolve } from 'node:path'

/** The files that the demo was called with, as absolute paths: `pnpm demo -- file` passes the `--` on. */
export function filesOf(args: readonly string[], directory: string): string[] {
  const files = args[0] === '--' ? args.slice(1) : args
  return files.map((file) => resolve(directory, file))
}
