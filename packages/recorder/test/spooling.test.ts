import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { failure } from './support/queues.js'
import { NUMBERS, numbers, recording } from './support/spooled.js'
import { filesIn, newDirectory } from './support/spools.js'

describe('a recorder that is durable', () => {
  it('has what it was given on the disk, while the database is away', async () => {
    const { recorder, database } = recording({ durable: true })
    database.isAway = true
    for (const n of numbers(10)) recorder.record(n)
    await recorder.kept()
    expect(recorder.counts).toMatchObject({ recorded: 10, spooled: 10, written: 0, spoolBytes: 10 * 35 })
  })

  it('writes it in its order, and removes it from the disk', async () => {
    const { recorder, database, directory } = recording({ durable: true, batch: 7 })
    for (const n of numbers(100)) recorder.record(n)
    await recorder.flush()
    await recorder.close()
    expect([database.kept, filesIn(directory)]).toEqual([numbers(100), []])
    expect(recorder.counts).toMatchObject({ recorded: 100, spooled: 100, written: 100, duplicates: 0, queued: 0 })
  })

  it('leaves it to the next, which writes it in its order', async () => {
    const one = recording({ durable: true, batch: 7 })
    one.database.isAway = true
    for (const n of numbers(50)) one.recorder.record(n)
    await one.recorder.close()
    const { recorder, database } = recording({ directory: one.directory, batch: 7 })
    await expect.poll(() => database.kept).toEqual(numbers(50))
    expect(recorder.counts).toMatchObject({ recorded: 0, replayed: 50, written: 50 })
    await expect.poll(() => recorder.counts.spoolBytes).toBe(0)
  })

  it.each(['flush', 'close'] as const)('has it written by %s of the next, which records nothing', async (end) => {
    const one = recording({ durable: true, batch: 7 })
    one.database.isAway = true
    for (const n of numbers(50)) one.recorder.record(n)
    await one.recorder.close()
    const { recorder, database } = recording({ directory: one.directory, batch: 7, interval: 600_000 })
    await expect.poll(() => recorder.counts.replayed).toBe(50)
    await recorder[end]()
    expect([database.kept, recorder.counts.queued]).toEqual([numbers(50), 0])
  })

  it('is left for another again where the database takes nothing', async () => {
    const one = recording({ durable: true })
    one.database.isAway = true
    for (const n of numbers(5)) one.recorder.record(n)
    await one.recorder.close()
    const two = recording({ directory: one.directory, database: one.database })
    await expect.poll(() => two.recorder.counts.replayed).toBe(5)
    two.recorder.record(5)
    await two.recorder.close()
    expect(two.reported.join()).toContain('6 records left in the spool')
    const three = recording({ directory: one.directory })
    await expect.poll(() => three.database.kept.length).toBe(6)
  })

  it('holds no more in memory than it may, and reads the rest again', async () => {
    const { recorder, database } = recording({ durable: true, limit: 20, batch: 5 })
    database.isAway = true
    for (let n = 0; n < 100; n += 10) {
      for (const each of numbers(10, n)) recorder.record(each)
      await recorder.kept()
      expect(recorder.counts.queued).toBeLessThanOrEqual(20)
    }
    database.isAway = false
    await recorder.flush()
    expect(database.kept).toEqual(numbers(100))
    expect(recorder.counts).toMatchObject({ recorded: 100, written: 100, duplicates: 0, dropped: { full: 0 } })
  })
})

describe('a recorder with a spool', () => {
  it('does not use it while the database takes everything', async () => {
    const { recorder, directory } = recording()
    for (const n of numbers(100)) recorder.record(n)
    await recorder.flush()
    expect([recorder.counts.spooled, filesIn(directory).filter((path) => path.endsWith('.segment'))]).toEqual([0, []])
  })

  it('uses it when half of what memory may hold is there, and not any more afterwards', async () => {
    const { recorder, database } = recording({ limit: 40, batch: 10, interval: 20 })
    database.isAway = true
    for (let n = 0; n < 200; n += 10) {
      for (const each of numbers(10, n)) recorder.record(each)
      if (n >= 20) await recorder.kept()
    }
    expect(recorder.counts).toMatchObject({ recorded: 200, spooled: 200, dropped: { full: 0 } })
    database.isAway = false
    await recorder.flush()
    expect(database.kept).toEqual(numbers(200))
    recorder.record(200)
    await recorder.flush()
    const { spooled } = recorder.counts
    for (const n of numbers(5, 201)) recorder.record(n)
    await recorder.flush()
    expect([recorder.counts.spooled, recorder.counts.duplicates]).toEqual([spooled, 0])
  })

  it('uses it when the database is away', async () => {
    const { recorder, database } = recording()
    database.isAway = true
    recorder.record(1)
    await expect.poll(() => recorder.counts.spooled).toBe(1)
  })

  it('that is closed while the database is away leaves everything on the disk, and says so', async () => {
    const one = recording({ interval: 1_000_000 })
    one.database.isAway = true
    for (const n of numbers(10)) one.recorder.record(n)
    await one.recorder.close()
    expect(one.reported.at(-1)).toMatch(
      /^10 records left in the spool .*\/numbers; the next process that opens it writes them$/,
    )
    const { database } = recording({ directory: one.directory })
    await expect.poll(() => database.kept).toEqual(numbers(10))
  })

  it('that is closed twice is closed once', async () => {
    const { recorder, database } = recording()
    database.isAway = true
    recorder.record(1)
    await Promise.all([recorder.close(), recorder.close()])
    await recorder.close()
    recorder.record(2)
    expect(recorder.counts).toMatchObject({ recorded: 1, dropped: { closed: 1 } })
  })

  it('hands over what it cannot keep on the disk, so that the writer rejects it', async () => {
    const { recorder, database } = recording({ durable: true })
    for (const n of [1, -1, 2]) recorder.record(n)
    await recorder.flush()
    expect([database.kept, recorder.counts]).toMatchObject([[1, 2], { written: 2, rejected: 1, spooled: 2 }])
  })
})

describe('the order', () => {
  /** Has so many recorded, most of them on the disk and not in memory, while the database is away. */
  async function behind(count: number, options: { durable?: boolean } = {}) {
    const all = recording({ limit: 20, batch: 5, ...options })
    all.database.isAway = true
    for (let n = 0; n < count; n += 5) {
      for (const each of numbers(5, n)) all.recorder.record(each)
      if (n >= 10) await all.recorder.kept()
    }
    return all
  }

  it('is kept by what comes while the disk is read', async () => {
    const { recorder, database } = await behind(100)
    database.takes = 2
    database.isAway = false
    recorder.flush().catch(() => undefined)
    for (const n of numbers(60, 100)) {
      recorder.record(n)
      await sleep(1)
    }
    await recorder.flush()
    const { full } = recorder.counts.dropped
    expect(database.kept).toEqual([...database.kept].sort((a, b) => a - b))
    expect(database.kept.length + full).toBe(160)
  })

  it('is kept by what the disk refuses while something on it is unread', async () => {
    const { recorder, database, directory } = await behind(30, { durable: true })
    const [folder, aside] = [join(directory, 'numbers'), join(directory, 'aside')]
    renameSync(folder, aside)
    writeFileSync(folder, '')
    for (const n of numbers(8, 30)) recorder.record(n)
    await expect.poll(() => recorder.counts.spoolFailures).toBeGreaterThan(0)
    database.isAway = false
    await expect.poll(() => database.kept.length).toBeGreaterThan(5)
    rmSync(folder)
    renameSync(aside, folder)
    await recorder.flush()
    expect(database.kept).toEqual(numbers(38))
  })
})

describe('a disk that refuses', () => {
  /** A recorder whose spool is to be where a file is. */
  function withoutDisk() {
    const parent = newDirectory()
    const directory = join(parent, 'spool')
    writeFileSync(directory, '')
    return recording({ directory, durable: true, limit: 20 })
  }

  it('is counted and told, and the database gets everything', async () => {
    const { recorder, database, reported } = withoutDisk()
    for (const n of numbers(10)) recorder.record(n)
    await recorder.flush()
    expect(database.kept).toEqual(numbers(10))
    expect(recorder.counts).toMatchObject({ spooled: 0, written: 10 })
    expect(reported).toContainEqual(expect.stringMatching(/^the disk of the spool .* answered (ENOTDIR|EEXIST); /))
  })

  it('while the database is away leaves in memory what memory holds', async () => {
    const { recorder, database, reported, directory } = withoutDisk()
    database.isAway = true
    for (const n of numbers(30)) recorder.record(n)
    await expect.poll(() => recorder.counts.spoolFailures).toBeGreaterThan(1)
    expect(recorder.counts).toMatchObject({ recorded: 20, queued: 20, dropped: { full: 10 } })
    expect(reported).toContainEqual(
      expect.stringMatching(/^20 records could not be put on the disk and stay in memory, next try in \d+ ms$/),
    )
    rmSync(directory)
    await recorder.kept()
    expect(recorder.counts).toMatchObject({ queued: 20, spooled: 20 })
    database.isAway = false
    await recorder.flush()
    expect(database.kept).toEqual(numbers(20))
  })

  it('because the spool is full keeps memory as it is, and takes more when there is room', async () => {
    const directory = newDirectory()
    const { recorder, database } = recording({
      directory,
      durable: true,
      spool: { directory, limit: 1_000_000 },
      limit: 60_000,
      batch: 10_000,
    })
    database.isAway = true
    for (const n of numbers(40_000, 100_000)) recorder.record(n)
    await expect.poll(() => recorder.counts.spoolFailures, { timeout: 10_000 }).toBeGreaterThan(0)
    expect(recorder.counts).toMatchObject({ dropped: { full: 0 } })
    expect(recorder.counts.spoolBytes).toBeLessThanOrEqual(1_000_000)
    database.isAway = false
    database.write
    await recorder.flush()
    expect(recorder.counts).toMatchObject({ written: 40_000, duplicates: 0 })
  })
})

describe('a spool that another process took over', () => {
  it('ends those who wait, and is begun anew', async () => {
    const { recorder, database, directory, reported } = recording({ durable: true, limit: 10 })
    database.isAway = true
    for (const n of numbers(5)) recorder.record(n)
    await recorder.kept()
    for (const n of numbers(5, 5)) recorder.record(n)
    await recorder.kept()
    const [log] = readdirSync(join(directory, 'numbers')).filter((name) => name.includes('-'))
    renameSync(join(directory, 'numbers', log!), join(directory, 'elsewhere'))
    const flushed = failure(recorder.flush())
    for (const n of numbers(2, 10)) recorder.record(n)
    await recorder.kept()
    expect(reported.filter((message) => /is gone: another process took it over/.test(message))).toHaveLength(1)
    database.isAway = false
    await recorder.flush()
    await flushed
    expect(database.kept).toEqual(expect.arrayContaining([10, 11]))
  })
})

it('what is broken on the disk ends those who wait for it, once', async () => {
  const { recorder, database, directory } = recording({ durable: true, limit: 10, batch: 5 })
  database.isAway = true
  for (const n of numbers(5)) recorder.record(n)
  await recorder.kept()
  for (const n of numbers(5, 5)) recorder.record(n)
  await recorder.kept()
  const [segment] = filesIn(directory).filter((path) => path.endsWith('.segment'))
  const bytes = readFileSync(segment!)
  bytes[bytes.length - 1]! ^= 1
  writeFileSync(segment!, bytes)
  const flushed = failure(recorder.flush())
  database.isAway = false
  expect((await flushed).message).toBe('records were broken on the disk, and are lost')
  await recorder.flush()
  expect([database.kept, recorder.counts.dropped.broken]).toEqual([numbers(9), 1])
})

describe('what is on the disk and nobody can read', () => {
  it('is counted and told, and is not in the way of the rest', async () => {
    const directory = newDirectory()
    const one = recording({ directory, durable: true })
    one.database.isAway = true
    for (const n of numbers(3)) one.recorder.record(n)
    await one.recorder.close()
    const decode = NUMBERS.decode
    NUMBERS.decode = (bytes) => {
      if (bytes.toString() === '1') throw new Error('what is that')
      return decode(bytes)
    }
    const { recorder, database, reported } = recording({ directory })
    await expect.poll(() => database.kept).toEqual([0, 2])
    NUMBERS.decode = decode
    expect(recorder.counts.dropped.broken).toBe(1)
    expect(reported).toContain('1 record on the disk cannot be read by this version, and is lost')
    await expect.poll(() => recorder.counts.spoolBytes).toBe(0)
  })
})

it.skipIf(process.getuid?.() === 0)(
  'a directory without the right to write is told, and used when there is the right',
  async () => {
    const directory = newDirectory()
    mkdirSync(join(directory, 'numbers'))
    chmodSync(join(directory, 'numbers'), 0o500)
    const { recorder, reported } = recording({ directory, durable: true })
    recorder.record(1)
    await expect.poll(() => reported.join()).toMatch(/answered EACCES; let this process write there/)
    chmodSync(join(directory, 'numbers'), 0o700)
    await recorder.kept()
    expect(existsSync(join(directory, 'numbers'))).toBe(true)
  },
)
