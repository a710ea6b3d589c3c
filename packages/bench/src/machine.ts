import { readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Machine } from './result.js'

/** What the figures depend on, and nothing that tells whose machine it is. */
export function thisMachine(): Machine {
  const cores = cpus()
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    load: Math.round(loadavg()[0]! * 10) / 10,
  }
}

/** The version of an installed package, whatever it exports. */
export function versionOf(name: string): string {
  let directory = dirname(fileURLToPath(import.meta.resolve(name)))
  for (;;) {
    const found = manifestIn(directory)
    if (found?.name === name) return found.version
    const parent = dirname(directory)
    if (parent === directory) return 'unknown'
    directory = parent
  }
}

function manifestIn(directory: string): { name: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  } catch {
    return undefined
  }
}
