import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { bytesOf, newDirectory, open, readAll, segmentsIn } from './support/spools.js'

const CHILD = fileURLToPath(new URL('support/spool-process.ts', import.meta.url))

/** Appends in a process whose files may have so many blocks of 512 bytes, and resolves to each answer. */
async function appending(directory: string, blocks: number, size: number, texts: readonly string[]): Promise<string[]> {
  const command = `ulimit -f ${blocks}; exec "$0" "$@"`
  const args = [process.execPath, '--import', 'tsx', CHILD, directory, '1000000', String(size)]
  const child = spawn('sh', ['-c', command, ...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
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
