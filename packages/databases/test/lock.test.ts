import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { locked } from '../src/machine/lock.js'

const DEAD = '4000001 an hour ago 11111111-1111-4111-8111-111111111111'
const SECOND = `${process.pid} now 22222222-2222-4222-8222-222222222222`
const THIRD = `${process.pid} now 33333333-3333-4333-8333-333333333333`

/** What other processes do while somebody asks whether a process lives, and after a file went away. */
const others = vi.hoisted(() => ({ onLook: (_pid: number) => {}, onGone: () => {} }))

vi.mock('../src/machine/process-tree.js', () => ({
  identityOf: (pid: number) => {
    others.onLook(pid)
    return pid === process.pid ? 'now' : undefined
  },
}))

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  const watched = <A extends unknown[]>(remove: (...args: A) => void) => {
    return (...args: A) => {
      remove(...args)
      others.onGone()
    }
  }
  return { ...fs, renameSync: watched(fs.renameSync), rmSync: watched(fs.rmSync) }
})

let home: string
let lock: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'freehold-databases-'))
  vi.stubEnv('DATABASES_HOME', home)
  mkdirSync(join(home, 'locks'))
  lock = join(home, 'locks/x')
})
afterEach(() => {
  others.onLook = () => {}
  others.onGone = () => {}
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

it('of a dead holder is taken over, and nothing is left beside it', async () => {
  writeFileSync(lock, DEAD)
  expect(await locked('x', async () => readdirSync(join(home, 'locks')))).toEqual(['x'])
  expect(readdirSync(join(home, 'locks'))).toEqual([])
})

it('that another took over first stays where it is, however many want it', async () => {
  writeFileSync(lock, DEAD)
  others.onLook = (pid) => {
    if (pid !== process.pid) writeFileSync(lock, SECOND)
  }
  others.onGone = () => {
    if (!existsSync(lock)) writeFileSync(lock, THIRD)
  }
  let done = false
  const waiting = locked('x', async () => {
    done = true
  })
  expect(readFileSync(lock, 'utf8')).toBe(SECOND)
  expect(done).toBe(false)
  others.onGone = () => {}
  rmSync(lock)
  await waiting
  expect(done).toBe(true)
})

it('is taken over also when somebody died while removing it', async () => {
  writeFileSync(lock, DEAD)
  const other = '4000002 an hour ago 44444444-4444-4444-8444-444444444444'
  writeFileSync(`${lock}.${DEAD.split(' ').at(-1)}.stale`, other)
  expect(await locked('x', async () => 'done')).toBe('done')
  expect(readdirSync(join(home, 'locks'))).toEqual([])
})
