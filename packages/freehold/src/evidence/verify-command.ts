import { realpathSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { checkBundle } from './check-bundle.js'
import { checkExport } from './check-export.js'
import type { BundleVerification, FileFinding, FileVerification, Segment } from './format.js'
import { readCheckpoints } from './read-checkpoints.js'
import { hashOfFile, keysIn } from './signatures.js'

const NO_KEY = 'no key was given: who signed is not proven'
const OWN_KEY = 'the key is that of the bundle itself: who signed is not proven'

const USAGE = `usage: node verify.mjs [bundle | export.jsonl] [--key their-key.pem] [--checkpoints kept.jsonl]
  A bundle is a directory; unless told, that of this file.
  --key          who must have signed, from somebody you trust; without it the key in the bundle is taken at its word
  --checkpoints  of an export: what was kept of its streams, which must have each of them
  Ends with 0 when it is whole, 1 when it was tampered with, 2 when it could not be verified.`

/** What is typed behind `node verify.mjs`. Resolves to the code that the process is to end with. */
export async function verifyCommand(args: string[], print: (line: string) => void): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { key: { type: 'string' }, checkpoints: { type: 'string' }, help: { type: 'boolean' } },
    })
    if (values.help || positionals.length > 1) throw new Error(USAGE)
    const own = fileURLToPath(import.meta.url)
    const path = positionals[0] ?? dirname(own)
    const keys = values.key === undefined ? [] : keysIn(await readKey(values.key))
    const isBundle = statSync(path).isDirectory()
    const isOwn = values.key !== undefined && isBundle && isFile(values.key, join(path, 'public-keys.pem'))
    if (isBundle && values.checkpoints !== undefined) throw new Error('a bundle has checkpoints of its own')
    const kept = values.checkpoints
    const { checkpoints, broken } =
      kept === undefined ? { checkpoints: [], broken: [] } : await readCheckpoints(kept, keys)
    for (const line of broken)
      print(`line ${line} of ${kept} is passed over: it is no checkpoint, or not signed by the key`)
    const result = isBundle
      ? await checkBundle(path, { keys })
      : await checkExport(path, basename(path), { keys, checkpoints })
    print(`verified by ${own}, whose SHA-256 is ${await hashOfFile(own)}`)
    if (result.status === 'tampered') print(tamperingOf(result))
    else for (const line of wholeOf(result, isOwn ? OWN_KEY : keys.length > 0 ? undefined : NO_KEY)) print(line)
    return result.status === 'ok' ? 0 : 1
  } catch (error) {
    print(`could not verify: ${(error as Error).message}`)
    return 2
  }
}

async function readKey(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Error(`--key: ${(error as Error).message}`)
  }
}

function isFile(path: string, other: string): boolean {
  try {
    return realpathSync(path) === realpathSync(other)
  } catch {
    return false
  }
}

function tamperingOf({ found, file, line, stream, seq, detail }: FileFinding): string {
  const place = line === undefined ? file : `${file}, line ${line}`
  const entry = stream === undefined ? '' : `, entry ${seq} of ${stream}`
  return `TAMPERED (${found}): ${place}${entry}: ${detail}`
}

function wholeOf(
  result: Exclude<BundleVerification | FileVerification, FileFinding>,
  doubt: string | undefined,
): string[] {
  const signed = 'signedBy' in result ? result.signedBy : undefined
  return [
    `ok: ${result.entries} entries of tenant ${result.tenant}, ${result.checkpoints} checkpoints`,
    ...('manifest' in result ? [`manifest: SHA-256 ${result.manifest}`] : []),
    ...(signed === undefined ? [] : [`signed by the key whose SHA-256 is ${signed}`]),
    ...(doubt === undefined ? [] : [doubt]),
    ...result.segments.map(segmentOf),
  ]
}

function segmentOf({ stream, from, head, selected, vouched }: Segment): string {
  const range = `${stream}: entries ${from.seq + 1} to ${head.seq}, of which ${selected} were asked for`
  if (vouched === undefined) return `${range}; no checkpoint vouches for them`
  return `${range}; up to ${vouched.seq} vouched for on ${new Date(vouched.at).toISOString()}`
}
