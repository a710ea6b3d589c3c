import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { bytesOf, newDirectory, open, readAll, STILL } from './support/spools.js'

const CHILD = fileURLToPath(new URL('support/spool-process.ts', import.meta.url))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

async function start(directory: string, stale: number) {
  const child = fork(CHILD, [directory, String(stale)], { execArgv: ['--import', 'tsx'] })
  children.push(child)
  await once(child, 'message')
  return {
    async ask(what: 'append' | 'read', text = ''): Promise<unknown> {
      child.send([what, text])
      return ((await once(child, 'message')) as [{ answer: unknown }])[0].answer
    },
    async signal(name: NodeJS.Signals): Promise<void> {
      child.kill(name)
      if (name === 'SIGKILL') await once(child, 'exit')
    },
  }
}

describe('what a process left', () => {
  it('that was killed is read by one of those that live, when it was still for long enough', async () => {
    const directory = newDirectory()
    const dead = await start(directory, 500)
    for (const text of ['a', 'b', 'c']) expect(await dead.ask('append', text)).toBe('kept')
    await dead.signal('SIGKILL')
    const living = await Promise.all([1, 2, 3, 4].map(() => start(directory, 500)))
    const seen: unknown[] = []
    await expect
      .poll(async () => {
        seen.push(...(await Promise.all(living.map((each) => each.ask('read')))).flatMap((texts) => texts as string[]))
        return seen
      })
      .toEqual(['a', 'b', 'c'])
  })

  it('that lives is its own', async () => {
    const directory = newDirectory()
    const one = await start(directory, 5_000)
    await one.ask('append', 'a')
    const other = await start(directory, 5_000)
    expect([await other.ask('read'), await one.ask('read')]).toEqual([[], ['a']])
  })

  it('that stood still is taken over, and what it appends then is not lost', async () => {
    const directory = newDirectory()
    const still = await start(directory, 1_000_000)
    await still.ask('append', 'a')
    await still.signal('SIGSTOP')
    const other = await start(directory, 300)
    await expect.poll(() => other.ask('read')).toEqual(['a'])
    await still.signal('SIGCONT')
    expect(await still.ask('append', 'b')).toMatch(/^taken: .* is gone: another process took it over/)
    expect([await still.ask('append', 'b'), await still.ask('read')]).toEqual(['kept', ['b']])
  })
})

describe('of two that find the same', () => {
  it('each directory is had by one', async () => {
    const directory = newDirectory()
    for (let n = 0; n < 8; n++) {
      const spool = await open(directory)
      // Otherwise it takes over those before it.
      await spool.append(bytesOf(`record ${n}`))
      await spool.close()
    }
    const two = await Promise.all([open(directory), open(directory)])
    const texts = (await Promise.all(two.map((spool) => readAll(spool)))).flatMap((read) => read.texts)
    expect(texts.sort()).toEqual(Array.from({ length: 8 }, (_, n) => `record ${n}`))
  })

  it('files of processes that left nothing are removed', async () => {
    const directory = newDirectory()
    await open(directory, { pace: { ...STILL, beat: 5 } })
    const spool = await open(directory, { pace: { beat: 5, stale: 500 } })
    await sleep(20)
    await spool.takeOver()
    expect(readdirSync(directory)).toHaveLength(2)
    const dead = await start(directory, 500)
    await dead.signal('SIGKILL')
    await expect
      .poll(async () => {
        await spool.takeOver()
        return readdirSync(directory).length
      })
      .toBe(2)
  })
})
