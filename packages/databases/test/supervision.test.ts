import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { ENGINES } from '../src/engines.js'
import { identityOf } from '../src/machine/process-tree.js'
import { reasonToSkip } from './notes.js'
import type { Found } from './runner.js'

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const RUNNER = fileURLToPath(new URL('./runner.ts', import.meta.url))

describe('a run that is killed', () => {
  for (const engine of ENGINES)
    it.skipIf(reasonToSkip(engine))(`leaves no process and no data behind: ${engine}`, async () => {
      const { runner, found } = await running(engine)
      expect(found.processes.every(runs)).toBe(true)
      runner.kill('SIGKILL')
      await gone(found)
    })
})

describe('a run that ends', () => {
  it.skipIf(reasonToSkip('postgres'))('takes along a server that it did not dispose of', async () => {
    const { runner, found } = await running('postgres')
    runner.send('exit')
    await gone(found)
  })

  it.skipIf(reasonToSkip('postgres'))('is followed by one that sweeps up after a killed supervisor', async () => {
    const { runner, found } = await running('postgres')
    process.kill(found.supervisor, 'SIGKILL')
    runner.kill('SIGKILL')
    expect(leftOf(found)).not.toEqual([])
    const next = await running('postgres')
    next.runner.kill('SIGKILL')
    await gone(found)
  })
})

async function running(engine: string): Promise<{ runner: ChildProcess; found: Found }> {
  const runner = fork(RUNNER, [engine], { execArgv: ['--import', TSX] })
  const [found] = (await once(runner, 'message')) as [Found]
  return { runner, found }
}

async function gone(found: Found): Promise<void> {
  await vi.waitFor(() => expect(leftOf(found)).toEqual([]), { timeout: 20_000 })
}

function leftOf({ processes, children, folders }: Found): unknown[] {
  return [...[...processes, ...children].filter(runs), ...folders.filter(existsSync)]
}

function runs(pid: number): boolean {
  return identityOf(pid) !== undefined
}
