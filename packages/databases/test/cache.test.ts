import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { kept } from '../src/machine/cache.js'
import { locked } from '../src/machine/lock.js'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'freehold-databases-'))
  vi.stubEnv('DATABASES_HOME', home)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

const write = async (draft: string) => writeFileSync(join(draft, 'file'), 'done')

describe('what is kept', () => {
  it('is made once', async () => {
    const make = vi.fn(write)
    const folders = await Promise.all([kept('x/y', make), kept('x/y', make)])
    expect(folders).toEqual([join(home, 'x/y'), join(home, 'x/y')])
    expect(make).toHaveBeenCalledTimes(1)
  })

  it('is not there after a failure, and is made by the next', async () => {
    const fail = async (draft: string) => {
      await write(draft)
      throw new Error('half way')
    }
    await expect(kept('x', fail)).rejects.toThrow('half way')
    expect(existsSync(join(home, 'x'))).toBe(false)
    expect(existsSync(join(await kept('x', write), 'file'))).toBe(true)
  })

  it('has nothing of a draft whose maker was killed', async () => {
    mkdirSync(join(home, 'x.1.draft'))
    writeFileSync(join(home, 'x.1.draft/half'), '')
    await kept('x', write)
    expect(readdirSync(home).filter((name) => name.startsWith('x'))).toEqual(['x'])
  })
})

describe('a lock', () => {
  it('lets one at a time do the work', async () => {
    let inside = 0
    const work = async () => {
      expect(++inside).toBe(1)
      await new Promise(setImmediate)
      inside--
    }
    await Promise.all(Array.from({ length: 5 }, () => locked('x', work)))
  })

  it('is given back after a failure', async () => {
    await expect(locked('x', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await locked('x', async () => 'done')).toBe('done')
  })

  it('is taken over from a dead holder', async () => {
    mkdirSync(join(home, 'locks'))
    writeFileSync(join(home, 'locks/x'), '999999999 0 dead')
    expect(await locked('x', async () => 'done')).toBe('done')
  })
})
