import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startAll } from '../src/start.js'
import { notesIn, reasonToSkip } from './notes.js'

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))

async function databases(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args])
  return stdout
}

describe.skipIf(reasonToSkip('postgres'))('servers that are kept running', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'freehold-databases-'))
    // The user that servers run as must get there.
    chmodSync(home, 0o755)
    vi.stubEnv('DATABASES_HOME', home)
    vi.stubEnv('POSTGRES_URL', '')
  })
  afterEach(async () => {
    await databases('stop')
    vi.unstubAllEnvs()
    rmSync(home, { recursive: true })
  })

  it('are there until they are stopped', async () => {
    const url = /^export POSTGRES_URL='(.+)'\n$/.exec(await databases('start', 'postgres'))![1]!
    await notesIn('postgres', url).ping()
    await databases('stop')
    await expect(notesIn('postgres', url).ping()).rejects.toThrow()
  })

  it('are those that a later start names', async () => {
    const first = await databases('start', 'postgres')
    expect(await databases('start', 'postgres')).toBe(first)
  })

  it('are what a run uses, and not its to stop', async () => {
    await databases('start', 'postgres')
    const { running } = await startAll(['postgres'])
    expect(running).toMatchObject([{ engine: 'postgres', how: 'databases start' }])
    await running[0]!.dispose()
    await notesIn('postgres', running[0]!.url).ping()
    await expect(running[0]!.stop()).rejects.toThrow('not ours to stop')
  })
})

describe('the command line', () => {
  it('says what it can do', async () => {
    expect(await databases('--help')).toContain('databases start')
  })

  it('refuses an engine that is none', async () => {
    await expect(databases('start', 'oracle')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('oracle'),
    })
  })
})
