import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytesOf, filesIn, newDirectory, open, readAll, segmentsIn } from './support/spools.js'

describe('what was appended', () => {
  it('is read in its order', async () => {
    const spool = await open(newDirectory())
    await spool.append(bytesOf('a', 'b'))
    await spool.append(bytesOf('', 'c'))
    expect((await readAll(spool, 1)).texts).toEqual(['a', 'b', '', 'c'])
  })

  it('is read by the next process, in its order', async () => {
    const directory = newDirectory()
    const before = await open(directory)
    for (const text of ['a', 'b', 'c']) await before.append(bytesOf(text))
    await before.close()
    expect((await readAll(await open(directory))).texts).toEqual(['a', 'b', 'c'])
  })

  it('together is on the disk together, and the disk is asked once for what comes meanwhile', async () => {
    const spool = await open(newDirectory())
    const puts = await Promise.all(['a', 'b', 'c'].map((text) => spool.append(bytesOf(text))))
    expect(puts.map(({ first, end }) => [first, end.offset])).toEqual([
      [0, 23],
      [1, 46],
      [2, 69],
    ])
    expect((await readAll(spool)).texts).toEqual(['a', 'b', 'c'])
  })

  it('and acknowledged is not read again', async () => {
    const directory = newDirectory()
    const before = await open(directory)
    await before.append(bytesOf('a', 'b', 'c', 'd'))
    const { places } = await readAll(before)
    before.acknowledge([places[1]!, places[0]!])
    before.acknowledge([places[3]!])
    await before.close()
    expect((await readAll(await open(directory))).texts).toEqual(['c', 'd'])
  })

  it('is read again when the file is lost that says what was acknowledged', async () => {
    const directory = newDirectory()
    const before = await open(directory)
    await before.append(bytesOf('a', 'b'))
    before.acknowledge([(await readAll(before)).places[0]!])
    await before.close()
    writeFileSync(join(directory, readdirSync(directory)[0]!, 'acknowledged'), 'nonsense, long')
    expect((await readAll(await open(directory))).texts).toEqual(['a', 'b'])
  })

  it('may be passed over by whoever has it, if it is next', async () => {
    const spool = await open(newDirectory())
    const first = await spool.append(bytesOf('a'))
    const second = await spool.append(bytesOf('b'))
    expect([spool.passOver(second), spool.passOver(first), spool.passOver(second)]).toEqual([false, true, true])
    expect(spool.hasUnread).toBe(false)
    const third = await spool.append(bytesOf('c'))
    expect((await readAll(spool)).texts).toEqual(['c'])
    expect(spool.passOver(third)).toBe(false)
  })

  it('is for its owner alone', async () => {
    const directory = join(newDirectory(), 'new')
    const spool = await open(directory)
    await spool.append(bytesOf('a'))
    const { places } = await readAll(spool)
    spool.acknowledge(places)
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
    const paths = [directory, ...entries.map((entry) => join(entry.parentPath, entry.name))]
    const modes = paths.map((path) => [statSync(path).isDirectory(), statSync(path).mode & 0o777])
    expect(new Set(modes.map(String))).toEqual(new Set(['true,448', 'false,384']))
  })
})

describe('segments', () => {
  /** Bytes of a record of 1,000. */
  const SIZE = 1_022

  it('go when everything in them was acknowledged', async () => {
    const directory = newDirectory()
    const spool = await open(directory, { limit: 40 * SIZE })
    for (let n = 0; n < 30; n++) await spool.append([Buffer.alloc(1_000, n)])
    const { places } = await readAll(spool)
    expect([segmentsIn(directory).length, spool.bytes]).toEqual([3, 30 * SIZE])
    spool.acknowledge(places.slice(1, 15))
    spool.acknowledge(places.slice(0, 1))
    await expect.poll(() => [segmentsIn(directory).length, spool.bytes]).toEqual([2, 20 * SIZE])
  })

  it('all go, and the directory of the process, when nothing is left', async () => {
    const directory = newDirectory()
    const spool = await open(directory, { limit: 40 * SIZE })
    for (let n = 0; n < 30; n++) await spool.append([Buffer.alloc(1_000, n)])
    spool.acknowledge((await readAll(spool)).places)
    await spool.close()
    expect([readdirSync(directory), spool.bytes]).toEqual([[], 0])
  })

  it('go though something could not be put on the disk before', async () => {
    const directory = newDirectory()
    const spool = await open(directory, { limit: 40 * SIZE })
    for (let n = 0; n < 12; n++) await spool.append([Buffer.alloc(1_000, n)])
    const [log] = readdirSync(directory).filter((name) => name.includes('-'))
    renameSync(join(directory, log!), join(directory, 'elsewhere'))
    writeFileSync(join(directory, log!), '')
    await expect(spool.append(bytesOf('x'))).rejects.toMatchObject({ problem: 'disk' })
    await expect(spool.read(1)).rejects.toMatchObject({ problem: 'disk' })
    rmSync(join(directory, log!))
    renameSync(join(directory, 'elsewhere'), join(directory, log!))
    for (let n = 12; n < 25; n++) await spool.append([Buffer.alloc(1_000, n)])
    const { texts, places } = await readAll(spool)
    expect(texts.map((text) => text.charCodeAt(0))).toEqual(Array.from({ length: 25 }, (_, n) => n))
    spool.acknowledge(places.slice(0, 22))
    await expect.poll(() => segmentsIn(directory).length).toBe(1)
    expect(spool.lost).toBe(0)
  })

  it("that somebody removed are counted, and are in no other's way", async () => {
    const directory = newDirectory()
    const spool = await open(directory, { limit: 40 * SIZE })
    for (let n = 0; n < 25; n++) await spool.append([Buffer.alloc(1_000, n)])
    rmSync(segmentsIn(directory)[1]!)
    const first = await spool.read(10)
    await expect(spool.read(10)).rejects.toMatchObject({ problem: 'disk' })
    expect([first.length, (await readAll(spool)).texts.length, spool.lost]).toEqual([10, 5, 10])
  })

  it('of another process go with its directory, when nothing is left', async () => {
    const directory = newDirectory()
    const before = await open(directory)
    await before.append(bytesOf('a', 'b'))
    await before.close()
    const spool = await open(directory)
    const { places } = await readAll(spool)
    spool.acknowledge(places.slice(0, 1))
    expect([segmentsIn(directory).length, spool.bytes]).toEqual([1, 46])
    spool.acknowledge(places.slice(1))
    await expect.poll(() => [segmentsIn(directory).length, spool.bytes]).toEqual([0, 0])
  })

  it('are skipped that were acknowledged before', async () => {
    const directory = newDirectory()
    const before = await open(directory, { limit: 40 * SIZE })
    for (let n = 0; n < 30; n++) await before.append([Buffer.alloc(1_000, n)])
    before.acknowledge((await readAll(before)).places.slice(0, 25))
    await before.close()
    expect(segmentsIn(directory)).toHaveLength(1)
    expect((await readAll(await open(directory))).texts.map((text) => text.charCodeAt(0))).toEqual([25, 26, 27, 28, 29])
  })
})

describe('the limit', () => {
  it('refuses all of what does not fit, and says what to do', async () => {
    const spool = await open(newDirectory(), { limit: 100 })
    await spool.append([Buffer.alloc(50)])
    await expect(spool.append([Buffer.alloc(0), Buffer.alloc(20)])).rejects.toMatchObject({
      problem: 'full',
      message:
        'the spool holds 72 of 100 bytes, and 64 more do not fit; see why the database does not take them, or give a larger limit',
    })
    await spool.append([Buffer.alloc(6)])
    expect((await readAll(spool)).texts.map(({ length }) => length)).toEqual([50, 6])
  })

  it('counts what other processes left', async () => {
    const directory = newDirectory()
    const before = await open(directory)
    await before.append([Buffer.alloc(50)])
    await before.close()
    const spool = await open(directory, { limit: 100 })
    await expect(spool.append([Buffer.alloc(10)])).rejects.toMatchObject({ problem: 'full' })
    spool.acknowledge((await readAll(spool)).places)
    await expect.poll(() => spool.bytes).toBe(0)
    await expect(spool.append([Buffer.alloc(10)])).resolves.toMatchObject({ count: 1 })
  })
})

describe('a directory', () => {
  it('that is a file is named, with what to do', async () => {
    const file = join(newDirectory(), 'file')
    writeFileSync(file, '')
    await expect(open(join(file, 'spool'))).rejects.toMatchObject({
      name: 'SpoolError',
      problem: 'disk',
      message: expect.stringMatching(/answered ENOTDIR; name a directory and not a file$/),
    })
  })

  it('may hold what is of somebody else', async () => {
    const directory = newDirectory()
    mkdirSync(join(directory, 'theirs'))
    writeFileSync(join(directory, 'notes.txt'), 'x')
    const spool = await open(directory)
    await spool.append(bytesOf('a'))
    spool.acknowledge((await readAll(spool)).places)
    await spool.close()
    expect(readdirSync(directory).sort()).toEqual(['notes.txt', 'theirs'])
  })

  it('is made again when somebody removed it', async () => {
    const directory = join(newDirectory(), 'gone')
    const spool = await open(directory)
    rmSync(directory, { recursive: true })
    await spool.append(bytesOf('a'))
    expect(filesIn(directory)).toHaveLength(1)
  })
})

it('a closed spool takes nothing', async () => {
  const spool = await open(newDirectory())
  await spool.close()
  await expect(spool.append(bytesOf('a'))).rejects.toMatchObject({ problem: 'closed' })
})
