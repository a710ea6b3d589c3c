import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Account } from './account.js'

interface Options {
  env?: Record<string, string>
  account?: Account
  input?: string
  /** Milliseconds before the command is ended; without it there is no limit. */
  timeout?: number
}

/** What the command printed to stdout. Rejects with the end of what it printed to stderr when it fails. */
export async function run(command: string, args: readonly string[], options: Options = {}): Promise<string> {
  const child = spawn(command, args, {
    ...options.account,
    env: { ...process.env, ...options.env },
    timeout: options.timeout,
    killSignal: 'SIGKILL',
    // Some tools need a folder that their user may enter.
    cwd: '/',
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  // A command that ends without reading its input is judged by its exit code.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input)
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (code === 0) return Buffer.concat(out).toString()
  const said = [...err, ...out].map(String).join('').trim().slice(-1_000)
  throw new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}: ${said}`)
}

/** The path of an installed program, looked for on the PATH, where servers are installed, and in `folders`. */
export function installed(program: string, folders: readonly string[] = []): string | undefined {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...folders, ...path, '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin']
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file))
}
