import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { auditHook, openStorage, type Storage, sessionHook } from '../src/index.js'
import { withDirectory } from './support/config-file.js'

const KILLED = fileURLToPath(new URL('support/hooks-killed.mjs', import.meta.url))
/** Milliseconds within which the others kill. */
const LONGEST = 500

/** What a process called its hooks with, until it was killed. */
async function killed(url: string, spool: string, count?: number): Promise<string[]> {
  const args = [KILLED, url, spool, ...(count === undefined ? [] : [String(count)])]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  const ended = once(child, 'close')
  if (count === undefined) {
    await Promise.race([once(child.stdout, 'data'), ended])
    await sleep(Math.random() * LONGEST)
    child.kill('SIGKILL')
  }
  expect(await ended).toEqual([null, 'SIGKILL'])
  // The last line may be torn.
  return told.split('\n').slice(0, -1)
}

/** Writes what the processes left, as the next one does that has the same spool. */
async function writeWhatIsLeft(storage: Storage, directory: string): Promise<void> {
  const options = { background: true, spool: { directory }, onError: () => {} }
  const hooks = [auditHook(storage, options), sessionHook(storage, options)]
  const logs = () => readdirSync(directory).flatMap((kind) => readdirSync(join(directory, kind)).filter(isLog))
  // Each hook has one of its own.
  await expect.poll(logs, { timeout: 60_000, interval: 200 }).toHaveLength(hooks.length)
  for (const hook of hooks) {
    await hook.flush()
    await hook.close()
  }
}

const isLog = (name: string) => name.includes('-')

async function all(list: (after?: string) => Promise<{ items: readonly { id: string }[]; next?: string }>) {
  const ids: string[] = []
  for (let after: string | undefined; ; ) {
    const { items, next } = await list(after)
    ids.push(...items.map(({ id }) => id))
    if (next === undefined) return ids.sort()
    after = next
  }
}

describe('what hooks in the background were called with', () => {
  it.each([
    ['right after the last call', [1, 1, 2, 50, 500]],
    ['at any time', [undefined, undefined, undefined, undefined]],
  ])(
    'by processes that are killed %s is there, once',
    (_, counts) =>
      withDirectory(async (directory) => {
        const url = `sqlite:${join(directory, 'a.db')}`
        const spool = join(directory, 'spool')
        const storage = await openStorage(url, { migrate: true })
        try {
          const told = (await Promise.all(counts.map((count) => killed(url, spool, count)))).flat().sort()
          await writeWhatIsLeft(storage, spool)
          expect(told.length).toBeGreaterThan(counts.length)
          const entries = await all((after) => storage.audit.read({}, { limit: 1_000, after }))
          const runs = await all((after) => storage.sessions.runs({}, { limit: 1_000, after }))
          expect({
            entries: told.filter((id) => !entries.includes(id)),
            runs: told.filter((id) => !runs.includes(id)),
          }).toEqual({
            entries: [],
            runs: [],
          })
          expect([new Set(entries).size, new Set(runs).size]).toEqual([entries.length, runs.length])
          expect((await storage.audit.verify()).status).toBe('ok')
        } finally {
          await storage.close()
        }
      }),
    120_000,
  )
})
