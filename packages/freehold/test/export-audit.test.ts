import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { type AuditQuery, exportAudit, type FileVerification, type Vouched, verifyFile } from '../src/index.js'
import { appendTo, newDirectory, openMemory, sha256 } from './support/evidence.js'

interface Entry {
  previousHash: string
  hash: string
  text: string
}

/** The lines of an export of six entries, of `main` unless told. */
async function exported(query: AuditQuery = { stream: 'main' }) {
  const storage = await openMemory()
  await appendTo(storage, 6)
  const file = join(await newDirectory(), 'export.jsonl')
  await exportAudit(storage, file, { query })
  return { storage, file, lines: linesOf(await readFile(file, 'utf8')) }
}

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n')
}

/** The same with a last line that tells of these, as somebody makes it who knows how. */
function resealed(lines: readonly string[]): string[] {
  const before = lines.slice(0, -1)
  const entries = before.filter((line) => line.includes('"text"')).length
  const text = before.map((line) => `${line}\n`).join('')
  return [...before, JSON.stringify({ end: { segments: 1, entries, sha256: sha256(text) } })]
}

async function found(file: string, lines: readonly string[], checkpoints: Vouched[] = []): Promise<string> {
  await writeFile(file, lines.map((line) => `${line}\n`).join(''))
  return told(await verifyFile(file, { checkpoints }))
}

function told(result: FileVerification): string {
  return result.status === 'ok' ? 'ok' : `${result.found} at ${result.seq}, line ${result.line}`
}

const entryIn = (line: string) => JSON.parse(line) as Entry
/** The place of an entry among the lines: a header and the beginning of the segment come first. */
const at = (seq: number) => seq + 1

/** An entry that says something else, with a hash that fits. */
function rewritten(line: string, change: (text: string) => string = (text) => text.replace('ann', 'eve')): string {
  const { previousHash, text } = entryIn(line)
  return JSON.stringify({ previousHash, hash: sha256(`${previousHash}\n${change(text)}`), text: change(text) })
}

function withLine(lines: readonly string[], seq: number, change: (line: string) => string): string[] {
  return resealed(lines.map((line, i) => (i === at(seq) ? change(line) : line)))
}

describe('an export', () => {
  it('has the very text that was hashed of every entry of a stream, and verifies by itself', async () => {
    const { storage, file, lines } = await exported()
    const records = await storage.audit.records()
    expect(lines.slice(2, -2).map(entryIn)).toEqual(records.map(({ seq: _, ...entry }) => entry))
    const head = await storage.audit.head()
    const from = { stream: 'main', seq: 0, hash: '0'.repeat(64) }
    expect(await verifyFile(file)).toEqual({
      status: 'ok',
      tenant: 'default',
      selection: { stream: 'main' },
      entries: 6,
      segments: [{ stream: 'main', entries: 6, selected: 6, from, head, whole: true }],
      checkpoints: 0,
    })
  })

  it('of an approval has what lies between its entries, in every stream', async () => {
    const storage = await openMemory()
    await appendTo(storage, 8)
    await appendTo(storage, 4, 'other')
    const file = join(await newDirectory(), 'export.jsonl')
    await exportAudit(storage, file, { query: { approvalId: 'ap' } })
    const result = await verifyFile(file)
    expect(result).toMatchObject({ status: 'ok', entries: 5, selection: { approvalId: 'ap' } })
    const segments = result.status === 'ok' ? result.segments : []
    expect(
      segments.map(({ stream, from, head, selected, whole }) => [stream, from.seq, head.seq, selected, whole]),
    ).toEqual([
      ['main', 2, 6, 2, false],
      ['other', 2, 3, 1, false],
    ])
  })

  it.each<[string, AuditQuery, number]>([
    ['a window of time', { from: Date.UTC(2026, 0, 1, 0, 2), to: Date.UTC(2026, 0, 1, 0, 5) }, 3],
    ['everything', {}, 6],
    ['what nobody did', { actor: 'nobody' }, 0],
  ])('of %s verifies', async (_, query, entries) => {
    const { file } = await exported(query)
    expect(await verifyFile(file)).toMatchObject({ status: 'ok', entries })
  })

  it('is of one tenant', async () => {
    const storage = await openMemory()
    await appendTo(storage, 2)
    const file = join(await newDirectory(), 'export.jsonl')
    await exportAudit(storage.tenant('acme'), file)
    expect(await verifyFile(file)).toMatchObject({ status: 'ok', tenant: 'acme', entries: 0, segments: [] })
  })

  it('goes to a stream as well, and tells what it wrote', async () => {
    const storage = await openMemory()
    await appendTo(storage, 3)
    const chunks: Buffer[] = []
    const target = new Writable({
      write(chunk, _, done) {
        chunks.push(chunk)
        done()
      },
    })
    const written = await exportAudit(storage, target)
    expect(written).toEqual({ entries: 3, segments: 1, sha256: sha256(Buffer.concat(chunks).toString()) })
  })

  it('never writes over a file', async () => {
    const { storage, file } = await exported()
    await expect(exportAudit(storage, file)).rejects.toMatchObject({ code: 'already_exists' })
  })

  it('that is given up rejects with the reason, and leaves no file', async () => {
    const storage = await openMemory()
    await appendTo(storage, 3)
    const control = new AbortController()
    const records = (stream?: string, after?: number) => {
      if (after === 3) control.abort(new Error('enough'))
      return storage.audit.records(stream, after)
    }
    const directory = await newDirectory()
    const audited = { tenantId: 'default', audit: { ...storage.audit, head: storage.audit.head, records } }
    const { signal } = control
    const exporting = exportAudit(audited, join(directory, 'export.jsonl'), { query: { stream: 'main' }, signal })
    await expect(exporting).rejects.toThrow('enough')
    expect(await readdir(directory)).toEqual([])
  })

  it('refuses what it does not know, all at once', async () => {
    const storage = await openMemory()
    const fields = ['from', 'stream', 'signal'].map((field) => expect.objectContaining({ field }))
    const wrong = { stream: 'main', query: { from: -1 }, signal: 1 }
    await expect(exportAudit(storage, 'x', wrong as never)).rejects.toMatchObject({
      code: 'invalid',
      problems: expect.arrayContaining(fields),
    })
    for (const none of [exportAudit(storage, 'x', null as never), verifyFile('x', null as never)])
      await expect(none).rejects.toMatchObject({ code: 'invalid' })
  })
})

describe('an export is verified against checkpoints', () => {
  it('that are in it', async () => {
    const { storage, file } = await exported()
    const head = await storage.audit.head()
    const checkpoints = [head, { checkpoint: { ...head, at: 5 }, tenant: 'default' }]
    expect(await verifyFile(file, { checkpoints })).toMatchObject({
      status: 'ok',
      checkpoints: 2,
      segments: [{ vouched: { seq: 6, at: 5, signed: false } }],
    })
  })

  it('of its tenant and its streams', async () => {
    const { storage, file } = await exported()
    const head = await storage.audit.head()
    const others = [
      { ...head, stream: 'other' },
      { checkpoint: { ...head, hash: 'f'.repeat(64), at: 5 }, tenant: 'acme' },
    ]
    expect(await verifyFile(file, { checkpoints: others })).toMatchObject({ status: 'ok', checkpoints: 0 })
  })

  it('that it may end before, where it is of a part', async () => {
    const { storage, file } = await exported({ approvalId: 'ap' })
    await appendTo(storage, 9, 'more')
    await storage.audit.append([{ actor: 'ann', action: 'later' }])
    expect(await verifyFile(file, { checkpoints: [await storage.audit.head()] })).toMatchObject({ status: 'ok' })
  })
})

describe('what is wrong with an export is named', () => {
  it.each<[string, (lines: string[]) => string[], string]>([
    [
      'a text was changed',
      (lines) => withLine(lines, 3, (line) => line.replace('ann', 'eve')),
      'modified at 3, line 5',
    ],
    ['an entry was rewritten with its hash', (lines) => withLine(lines, 3, rewritten), 'modified at 3, line 6'],
    ['the last entry was', (lines) => withLine(lines, 6, rewritten), 'modified at 6, line 9'],
    ['the first entry was', (lines) => withLine(lines, 1, rewritten), 'modified at 1, line 4'],
    ['an entry is gone', (lines) => resealed(lines.toSpliced(at(3), 1)), 'missing at 3, line 5'],
    ['the first entry is gone', (lines) => resealed(lines.toSpliced(at(1), 1)), 'missing at 1, line 3'],
    ['the last entry is gone', (lines) => resealed(lines.toSpliced(at(6), 1)), 'truncated at 6, line 8'],
    [
      'entries changed places',
      (lines) => resealed(lines.toSpliced(at(2), 1).toSpliced(at(5), 0, lines[at(2)]!)),
      'reordered at 2, line 4',
    ],
    ['an entry is there twice', (lines) => resealed(lines.toSpliced(at(3), 0, lines[at(3)]!)), 'forked at 3, line 6'],
    [
      'an entry has a rival',
      (lines) =>
        withLine(lines, 4, (line) => {
          const { text } = entryIn(line)
          const { previousHash } = entryIn(lines[at(3)]!)
          return JSON.stringify({ previousHash, hash: sha256(`${previousHash}\n${text}`), text })
        }),
      'forked at 4, line 6',
    ],
    ['the file was cut off', (lines) => lines.slice(0, at(4)), 'truncated at 4, line 6'],
    ['the last line is gone', (lines) => lines.slice(0, -1), 'truncated at undefined, line 10'],
    ['something was put behind', (lines) => [...lines, '{}'], 'modified at undefined, line 11'],
    ['a line was put within', (lines) => lines.toSpliced(4, 0, '{}'), 'modified at 3, line 5'],
    [
      'a space was put within',
      (lines) => withLine(lines, 3, (line) => line.replace(':', ': ')),
      'modified at 3, line 5',
    ],
    [
      'a header is another',
      (lines) => [lines[0]!.replace('main', 'else'), ...lines.slice(1)],
      'modified at undefined, line 10',
    ],
    [
      'the tenant is another',
      (lines) => resealed([lines[0]!.replace('"default"', '"acme"'), ...lines.slice(1)]),
      'modified at 1, line 3',
    ],
    ['the file is empty', () => [], 'truncated at undefined, line 1'],
  ])('%s', async (_, change, finding) => {
    const { file, lines } = await exported()
    expect(await found(file, change(lines))).toBe(finding)
  })

  it('all that follows was hashed anew, which only a checkpoint tells', async () => {
    const { storage, file, lines } = await exported()
    const kept = await storage.audit.head()
    let hash = '0'.repeat(64)
    const forged = lines.map((line) => {
      if (!line.includes('"text"')) return line.replace(kept.hash, hash)
      const text = entryIn(line).text.replace('main 2', 'mine')
      const previousHash = hash
      hash = sha256(`${previousHash}\n${text}`)
      return JSON.stringify({ previousHash, hash, text })
    })
    expect(await found(file, resealed(forged))).toBe('ok')
    expect(await found(file, resealed(forged), [kept])).toBe('checkpoint at 6, line 8')
  })

  it('the end was cut off with all that tells of it, which only a checkpoint tells', async () => {
    const { storage, file, lines } = await exported()
    const kept = await storage.audit.head()
    const { hash } = entryIn(lines[at(4)]!)
    const cut = [...lines.slice(0, at(5)), JSON.stringify({ head: { stream: 'main', seq: 4, hash } }), '']
    expect(await found(file, resealed(cut))).toBe('ok')
    expect(await found(file, resealed(cut), [kept])).toBe('truncated at 5, line 7')
  })

  it('any of its bytes was flipped', async () => {
    const { file } = await exported()
    const bytes = await readFile(file)
    const passed: number[] = []
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Buffer.from(bytes)
      flipped[i]! ^= 1 << (i % 8)
      await writeFile(file, flipped)
      if ((await verifyFile(file)).status === 'ok') passed.push(i)
    }
    expect(passed).toEqual([])
  })
})

describe('a file cannot be verified', () => {
  it('that is not there', async () => {
    await expect(verifyFile(join(await newDirectory(), 'none'))).rejects.toMatchObject({ code: 'not_found' })
  })

  it('with wrong options', async () => {
    const wrong = verifyFile('x', { checkpoints: [{ seq: 1 }], publicKey: 'x', signal: 1, other: 1 } as never)
    await expect(wrong).rejects.toMatchObject({
      problems: expect.arrayContaining(
        ['other', 'publicKey', 'signal', 'checkpoints[0].stream'].map((field) => expect.objectContaining({ field })),
      ),
    })
  })

  it('by whoever gave it up', async () => {
    const { file } = await exported()
    const control = new AbortController()
    const onProgress = () => control.abort(new Error('enough'))
    await expect(verifyFile(file, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before')
    const storage = await openMemory()
    await appendTo(storage, 1_000)
    const large = join(await newDirectory(), 'large.jsonl')
    await exportAudit(storage, large)
    await expect(verifyFile(large, { signal: control.signal, onProgress })).rejects.toThrow('enough')
  })
})
