import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { RecorderCounts } from '../src/index.js'
import { bytesOf, filesIn, newDirectory, open, readAll, segmentsIn } from './support/spools.js'

const SPOOL = fileURLToPath(new URL('support/spool-process.ts', import.meta.url))
const RECORDER = fileURLToPath(new URL('support/recorder-process.ts', import.meta.url))

interface Told {
  /** While the disk was full. */
  full: RecorderCounts
  counts: RecorderCounts
  kept: number
  reported: string[]
}

/** A process whose files may have so many blocks of 512 bytes. */
function limited(blocks: number, program: string, ...args: string[]): ChildProcess {
  const command = ['-c', `ulimit -f ${blocks}; exec "$0" "$@"`, process.execPath, '--import', 'tsx', program, ...args]
  return spawn('sh', command, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

/** Appends in such a process, and resolves to each answer. */
async function appending(directory: string, blocks: number, size: number, texts: readonly string[]): Promise<string[]> {
  const child = limited(blocks, SPOOL, directory, '1000000', String(size))
  const answers: string[] = []
  await once(child, 'message')
  for (const text of texts) {
    child.send(['append', text])
    answers.push(((await once(child, 'message')) as [{ answer: string }])[0].answer)
  }
  child.kill('SIGKILL')
  return answers
}

describe.skipIf(process.platform === 'win32')('a disk that takes no more', () => {
  it('is named, takes what fits again, and has nothing in part', async () => {
    const directory = newDirectory()
    const size = 200_000
    const answers = await appending(directory, 1_024, size, ['a', 'b', 'c'])
    expect(answers).toEqual(['kept', 'kept', expect.stringMatching(/^disk: the disk of the spool .* answered EFBIG; /)])
    expect(segmentsIn(directory).map((path) => statSync(path).size)).toEqual([2 * (size + 22)])
    const texts = (await readAll(await open(directory, { pace: { beat: 1_000_000, stale: -1 } }))).texts
    expect(texts.map((text) => text[0])).toEqual(['a', 'b'])
  })

  it('is counted and told by a recorder, which keeps the rest in memory and loses nothing', async () => {
    const directory = newDirectory()
    const child = limited(1_024, RECORDER, directory, '2000')
    const [{ full, counts, kept, reported }] = (await once(child, 'message')) as [Told]
    expect(full).toMatchObject({ recorded: 2_000, dropped: { full: 0 }, written: 0 })
    expect(full.spooled).toBeLessThan(2_000)
    expect(counts).toMatchObject({ written: 2_000, queued: 0, spoolBytes: 0 })
    expect([kept, filesIn(directory)]).toEqual([2_000, []])
    expect(reported).toContainEqual(
      expect.stringMatching(
        /records could not be put on the disk and stay in memory, next try in \d+ ms: .* answered EFBIG; /,
      ),
    )
  })
})

describe.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
  'a directory without the right to write',
  () => {
    it('is named, and used when somebody gave it', async () => {
      const directory = newDirectory()
      const spool = await open(directory)
      chmodSync(directory, 0o500)
      await expect(spool.append(bytesOf('a'))).rejects.toMatchObject({ problem: 'disk', message: /EACCES/ })
      chmodSync(directory, 0o700)
      await spool.append(bytesOf('a'))
      expect((await readAll(spool)).texts).toEqual(['a'])
    })
  },
)
