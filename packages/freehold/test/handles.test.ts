import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { DOMAINS, type Storage } from '@freehold/contract'
import { openStorage } from 'freehold'
import { expect, it } from 'vitest'
import { withDirectory } from './support/config-file.js'
import { errorOf } from './support/problems.js'
import { routesTo } from './support/stub.js'

/** Files under a directory that this process has open, once for each handle. */
function openFiles(directory: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(directory) ? [path.slice(directory.length + 1)] : []
    } catch {
      // The handle of the listing itself is closed by now.
      return []
    }
  })
}

function openTwo(directory: string): Promise<Storage> {
  return openStorage({
    databases: { a: `sqlite:${join(directory, 'a.db')}`, b: `sqlite:${join(directory, 'b.db')}` },
    routes: routesTo('a', 'b', 'b', 'a'),
    migrate: true,
  })
}

async function useAll(storage: Storage): Promise<void> {
  await storage.traces.find()
  await storage.sessions.list()
  await storage.approvals.list()
  await storage.audit.append([{ actor: 'test', action: 'wrote' }])
}

const onLinux = it.runIf(existsSync('/proc/self/fd'))

onLinux('four domains in two files open each file once', () =>
  withDirectory(async (directory) => {
    const storage = await openTwo(directory)
    await useAll(storage)
    const databases = openFiles(directory).filter((file) => file.endsWith('.db'))
    await storage.close()
    expect(databases.sort()).toEqual(['a.db', 'b.db'])
  }),
)

onLinux('four names of one file open it once', () =>
  withDirectory(async (directory) => {
    const urls = ['one.db', './one.db', 'x/../one.db', '/one.db'].map((path) => `${directory}/${path}`)
    const databases = Object.fromEntries(DOMAINS.map((domain, i) => [domain, `sqlite:${urls[i]}`]))
    const storage = await openStorage({ databases, routes: routesTo(...DOMAINS), migrate: true })
    await useAll(storage)
    const files = openFiles(directory).filter((file) => file.endsWith('.db'))
    await storage.close()
    expect(files).toEqual(['one.db'])
  }),
)

onLinux('after close no file is open', () =>
  withDirectory(async (directory) => {
    const storage = await openTwo(directory)
    await useAll(storage)
    await storage.close()
    expect(openFiles(directory)).toEqual([])
  }),
)

onLinux('after one database could not be opened no file is open', () =>
  withDirectory(async (directory) => {
    const databases = { a: `sqlite:${join(directory, 'a.db')}`, b: `sqlite:${directory}` }
    await errorOf(openStorage({ databases, routes: routesTo('a', 'b'), migrate: true }))
    expect(openFiles(directory)).toEqual([])
  }),
)

/** Runs the script that opens, writes and closes; resolves when it has ended by itself. */
async function endOfProcess(directory: string): Promise<{ before: string[]; after: string[] }> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const script = fileURLToPath(new URL('support/open-write-close.ts', import.meta.url))
  const urls = ['traces.db', 'rest.db'].map((file) => `sqlite:${join(directory, file)}`)
  const args = ['--import', tsx, script, ...urls]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
  return JSON.parse(stdout)
}

it('a process that opened, wrote and closed ends by itself and holds no timer and no handle', () =>
  withDirectory(async (directory) => {
    const { before, after } = await endOfProcess(directory)
    // What the start of the process had in hand may be over by now; nothing else may be there.
    const left = [...after]
    for (const one of before) if (left.includes(one)) left.splice(left.indexOf(one), 1)
    expect(left).toEqual([])
  }))
