import { existsSync, lstatSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Problem } from '@freehold/contract'
import type { Variables } from './environment.js'

/** What is read, in this order. */
const FILE_NAMES = ['freehold.config.js', 'freehold.config.mjs', 'freehold.config.json', 'freehold.config.ts']

/** What somebody may take for a file that is read. */
const UNREAD = ['freehold.config.cjs', 'freehold.config.mts', 'freehold.config.cts']

/** A configuration as a file gave it: not checked yet. */
export interface ConfigFile {
  name: string
  content: unknown
}

/**
 * The file that `FREEHOLD_CONFIG` names, else `freehold.config.{js,mjs,json,ts}` in the directory; `undefined` when there
 * is none. A message never quotes the file: it may hold passwords.
 */
export async function findConfigFile(
  directory: string,
  variables: Variables,
  problems: Problem[],
): Promise<ConfigFile | undefined> {
  const named = variables.FREEHOLD_CONFIG
  if (named !== undefined) {
    const path = resolve(directory, named)
    if (isFile(path)) return readConfigFile(path, named, problems)
    const what = existsSync(path) ? 'something that is not a file' : 'a file that does not exist'
    problems.push({ field: 'FREEHOLD_CONFIG', message: `names ${what}; correct it, or unset it` })
    return undefined
  }
  // A link that leads nowhere is there too: whoever made it meant a file.
  const isHere = (file: string) => lstatSync(join(directory, file), { throwIfNoEntry: false }) !== undefined
  for (const file of UNREAD.filter(isHere))
    problems.push({ field: file, message: `is not read; rename it to one of ${FILE_NAMES.join(', ')}` })
  const [name, ...others] = FILE_NAMES.filter(isHere)
  if (name === undefined) return undefined
  if (others.length > 0)
    problems.push({ field: name, message: `is there beside ${others.join(' and ')}; keep one of them` })
  if (isFile(join(directory, name))) return readConfigFile(join(directory, name), name, problems)
  problems.push({ field: name, message: 'is not a file; write the configuration there, or remove it' })
  return undefined
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}

async function readConfigFile(path: string, name: string, problems: Problem[]): Promise<ConfigFile | undefined> {
  const refuse = (message: string) => {
    problems.push({ field: name, message })
    return undefined
  }
  if (extname(path) === '.json') {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text === undefined) return refuse('cannot be read; check that this process may read it')
    try {
      // Some editors begin a file with a byte order mark, which JSON does not know.
      return { name, content: JSON.parse(text.replace(/^\uFEFF/, '')) }
    } catch (error) {
      return refuse(`is not JSON${placeOf(error, text)}; correct it`)
    }
  }
  let module: { default?: unknown }
  try {
    module = (await import(pathToFileURL(path).href)) as { default?: unknown }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION')
      return refuse('cannot be imported by this Node; write it in JavaScript or JSON, or run under a TypeScript loader')
    return refuse(`cannot be imported; run node ${name} to see why`)
  }
  if (module.default === undefined) return refuse('has no default export; export the configuration as default')
  return { name, content: module.default }
}

/** Where JSON ends to be any: the message of the parser may quote the file, so only its number is read. */
function placeOf(error: unknown, text: string): string {
  const position = /at position (\d+)/.exec(String(error))?.[1]
  if (position === undefined) return ''
  const lines = text.slice(0, Number(position)).split('\n')
  return `, at line ${lines.length}, column ${lines.at(-1)!.length + 1}`
}
