import { appendFile, cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
// The package as it was built: a bundle takes its verifier from there.
import { type Bundle, type BundleOptions, bundleEvidence, type KeptCheckpoint, verifyBundle } from 'freehold'
import { describe, expect, it } from 'vitest'
import { verifyCommand } from '../src/evidence/verify-command.js'
import { appendTo, newDirectory, OURS, openMemory, runNode, SIGN, sha256, THEIRS } from './support/evidence.js'

const KEY = { publicKey: OURS.publicKey }
const FILES = ['README.txt', 'checkpoints.jsonl', 'entries.jsonl', 'manifest.json', 'public-keys.pem', 'seal.json']

/** A signed bundle of the approval `ap` in a stream of seven entries: of the third to the last. */
async function bundled(options: BundleOptions = { query: { approvalId: 'ap' }, sign: SIGN }, entries = 7) {
  const storage = await openMemory()
  await appendTo(storage, entries)
  const directory = join(await newDirectory(), 'bundle')
  const bundle = await bundleEvidence(storage, directory, options)
  return { storage, directory, bundle }
}

async function verdictOf(directory: string): Promise<string> {
  const result = await verifyBundle(directory, KEY)
  return result.status === 'ok' ? 'ok' : `${result.found} ${result.file}`
}

const inBundle = (directory: string, ...args: string[]) => runNode(join(directory, 'verify.mjs'), ...args)

describe('a bundle', () => {
  it('has what lies between the entries of an approval and a checkpoint, and verifies', async () => {
    const { storage, directory, bundle } = await bundled()
    expect((await readdir(directory)).sort()).toEqual([...FILES, 'verify.mjs'])
    const result = await verifyBundle(directory, KEY)
    expect(result).toMatchObject({
      status: 'ok',
      entries: 5,
      checkpoints: 1,
      segments: [{ stream: 'main', selected: 2, from: { seq: 2 }, head: await storage.audit.head(), whole: false }],
      manifest: bundle.manifest,
      signedBy: bundle.signedBy,
    })
    expect(bundle.verification).toEqual(result)
  })

  it('tells the SHA-256 of its manifest and of its verifier', async () => {
    const { directory, bundle } = await bundled()
    const hashes = await Promise.all(
      ['manifest.json', 'verify.mjs'].map(async (name) => sha256(await readFile(join(directory, name), 'utf8'))),
    )
    expect(hashes).toEqual([bundle.manifest, bundle.verifier])
  })

  it.each<[string, BundleOptions, object]>([
    ['of everything', { sign: SIGN }, { entries: 7, segments: [{ whole: true }] }],
    ['of a stream', { query: { stream: 'main' }, sign: SIGN }, { entries: 7, segments: [{ whole: true }] }],
    ['that is not signed', { query: { approvalId: 'ap' } }, { entries: 5, checkpoints: 1 }],
  ])('%s verifies', async (_, options, result) => {
    const { directory } = await bundled(options)
    expect(await verifyBundle(directory)).toMatchObject({ status: 'ok', ...result })
  })

  it('ends at the first checkpoint that covers it, and has those within', async () => {
    const kept: KeptCheckpoint[] = []
    const storage = await openMemory()
    for (const stream of ['main', 'main', 'main', 'other']) {
      await storage.audit.append([{ stream, actor: 'ann', action: 'paid', target: kept.length < 2 ? 'A-17' : 'A-18' }])
      kept.push({ checkpoint: await storage.audit.checkpoint(stream), tenant: 'default' })
    }
    const foreign = { ...kept[1]!, tenant: 'acme' }
    const directory = await newDirectory()
    const options = { query: { target: 'A-17' }, checkpoints: [...kept, foreign] }
    const { verification } = await bundleEvidence(storage, directory, options)
    expect(verification).toMatchObject({ status: 'ok', entries: 2, checkpoints: 2, segments: [{ head: { seq: 2 } }] })
  })

  it('of nothing is none', async () => {
    const storage = await openMemory()
    await appendTo(storage, 2)
    const attempt = bundleEvidence(storage, await newDirectory(), { query: { actor: 'nobody' }, sign: SIGN })
    await expect(attempt).rejects.toMatchObject({ code: 'not_found' })
  })

  it.each([2, 0])('of a chain that was cut off behind a checkpoint, to %i entries, is none', async (left) => {
    const storage = await openMemory()
    await appendTo(storage, left)
    const { hash } = await storage.audit.head()
    const checkpoint = { stream: 'main', seq: 5, hash, at: 1 }
    const directory = await newDirectory()
    const attempt = bundleEvidence(storage, directory, { checkpoints: [{ checkpoint, tenant: 'default' }] })
    const verification = { status: 'tampered', found: 'truncated', seq: left + 1 }
    await expect(attempt).rejects.toMatchObject({ name: 'ChainBroken', verification })
    expect(await readdir(directory)).toEqual([])
  })

  it('says that a key of its own proves nothing', async () => {
    const { directory } = await bundled()
    const own = join(directory, 'public-keys.pem')
    const lines: string[] = []
    expect(await verifyCommand([directory, '--key', own], (line) => lines.push(line))).toBe(0)
    expect(lines).toContain('the key is that of the bundle itself: who signed is not proven')
  })

  it('of somebody else, or of nobody, is not that of ours', async () => {
    const theirs = await bundled({ sign: { ...SIGN, privateKey: THEIRS.privateKey } })
    const nobodys = await bundled({})
    expect([await verdictOf(theirs.directory), await verdictOf(nobodys.directory)]).toEqual([
      'modified seal.json',
      'modified seal.json',
    ])
  })

  it('takes checkpoints that others signed with their keys', async () => {
    const { storage, directory } = await bundled({ sign: { privateKey: THEIRS.privateKey, keyId: 'theirs' } })
    const checkpoints = (await readFile(join(directory, 'checkpoints.jsonl'), 'utf8')).trim().split('\n')
    const options = { sign: SIGN, checkpoints: checkpoints.map((line) => JSON.parse(line)) }
    const refused = bundleEvidence(storage, await newDirectory(), options)
    await expect(refused).rejects.toMatchObject({ problems: [{ field: 'checkpoints[0]' }] })
    const both = await newDirectory()
    await bundleEvidence(storage, both, { ...options, publicKeys: THEIRS.publicKey })
    const keys = [OURS.publicKey, THEIRS.publicKey]
    expect(await verifyBundle(both, { publicKey: keys })).toMatchObject({ status: 'ok', checkpoints: 1 })
  })

  it('needs a directory that is empty', async () => {
    const { storage, directory } = await bundled()
    await expect(bundleEvidence(storage, directory)).rejects.toMatchObject({ code: 'already_exists' })
  })

  it('is refused by all that is wrong with its options, and no key is told', async () => {
    const options = { sign: { privateKey: 'SECRET', keyId: '' }, publicKeys: 'SECRET', checkpoints: [1], by: 1 }
    const error = await bundleEvidence(await openMemory(), 'x', options as never).catch((why: unknown) => why)
    const fields = ['by', 'sign.keyId', 'sign.privateKey', 'publicKeys', 'checkpoints[0]']
    expect(error).toMatchObject({
      problems: expect.arrayContaining(fields.map((field) => expect.objectContaining({ field }))),
    })
    expect(JSON.stringify(error) + String(error)).not.toContain('SECRET')
  })
})

describe('a bundle that was tampered with is found', () => {
  it('by any byte of any of its files', async () => {
    const { directory } = await bundled(undefined, 4)
    const passed: string[] = []
    for (const name of [...FILES, 'verify.mjs']) {
      const file = join(directory, name)
      const bytes = await readFile(file)
      const step = name === 'verify.mjs' ? 37 : 1
      for (let i = 0; i < bytes.length; i += step) {
        const flipped = Buffer.from(bytes)
        flipped[i]! ^= 1 << (i % 8)
        await writeFile(file, flipped)
        if ((await verdictOf(directory)) === 'ok') passed.push(`${name} at ${i}`)
      }
      await writeFile(file, bytes)
    }
    expect(await verdictOf(directory)).toBe('ok')
    expect(passed).toEqual([])
  })

  it.each<[string, (directory: string) => Promise<unknown>, string]>([
    ['a file was added', (directory) => writeFile(join(directory, 'note.txt'), ''), 'added note.txt'],
    ['a folder was added', (directory) => mkdir(join(directory, 'b')), 'added b'],
    ['a line was added', (directory) => appendFile(join(directory, 'entries.jsonl'), '{}\n'), 'modified entries.jsonl'],
    [
      'a checkpoint was added',
      (directory) => appendFile(join(directory, 'checkpoints.jsonl'), '{}\n'),
      'modified checkpoints.jsonl',
    ],
    ...[...FILES, 'verify.mjs'].flatMap((name): [string, (directory: string) => Promise<unknown>, string][] => [
      [`${name} is gone`, (directory) => rm(join(directory, name)), `missing ${name}`],
      [
        `${name} is empty`,
        (directory) => truncate(join(directory, name)),
        `${name === 'entries.jsonl' ? 'truncated' : 'modified'} ${name}`,
      ],
    ]),
  ])('%s', async (_, tamper, finding) => {
    const { directory } = await bundled()
    await tamper(directory)
    expect(await verdictOf(directory)).toBe(finding)
  })

  it('and the first entry that is wrong is named', async () => {
    const { directory } = await bundled()
    const file = join(directory, 'entries.jsonl')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('"main 4', '"mine 4').replace('\\"main 4', '\\"mine 4'))
    expect(await verifyBundle(directory)).toMatchObject({ found: 'modified', stream: 'main', seq: 4, line: 4 })
  })

  it('by who signed, where all of it was made anew', async () => {
    const { directory } = await bundled({
      query: { approvalId: 'ap' },
      sign: { ...SIGN, privateKey: THEIRS.privateKey },
    })
    expect(await verifyBundle(directory)).toMatchObject({ status: 'ok' })
    expect(await verifyBundle(directory, KEY)).toMatchObject({ status: 'tampered', file: 'seal.json' })
  })
})

describe('the verifier of a bundle', () => {
  it('tells what it is, what it verified, and ends with 0', async () => {
    const { directory, bundle } = await bundled()
    const key = join(await newDirectory(), 'their-key.pem')
    await cp(join(directory, 'public-keys.pem'), key)
    const { code, printed } = await inBundle(directory, '--key', key)
    const at = /vouched for on (\S+)/.exec(printed)?.[1]
    expect({ code, lines: printed.trim().split('\n') }).toEqual({
      code: 0,
      lines: [
        `verified by ${join(directory, 'verify.mjs')}, whose SHA-256 is ${bundle.verifier}`,
        'ok: 5 entries of tenant default, 1 checkpoints',
        `manifest: SHA-256 ${bundle.manifest}`,
        `signed by the key whose SHA-256 is ${bundle.signedBy}`,
        `main: entries 3 to 7, of which 2 were asked for; up to 7 vouched for on ${at}`,
      ],
    })
  })

  it('says that nobody is proven who is only named by the bundle', async () => {
    const { directory } = await bundled()
    expect((await inBundle(directory)).printed).toContain('no key was given: who signed is not proven')
  })

  it('ends with 1 for a byte anywhere', async () => {
    const { directory } = await bundled()
    const codes = await Promise.all(
      FILES.flatMap((name) => [0.05, 0.5, 0.98].map((part) => ({ name, part }))).map(async ({ name, part }) => {
        const copy = join(await newDirectory(), 'copy')
        await cp(directory, copy, { recursive: true })
        const bytes = await readFile(join(copy, name))
        bytes[Math.floor(bytes.length * part)]! ^= 1
        await writeFile(join(copy, name), bytes)
        return `${name}: ${(await inBundle(copy)).code}`
      }),
    )
    expect(codes.filter((line) => !line.endsWith(': 1'))).toEqual([])
  })

  it.each<[string, string[]]>([
    ['there is nothing', ['/nowhere/at-all']],
    ['an option is unknown', ['--nonsense']],
    ['the key is none', ['--key', import.meta.filename]],
    ['there are two', ['a', 'b']],
  ])('ends with 2 where %s', async (_, args) => {
    const { directory } = await bundled()
    expect((await inBundle(directory, ...args)).code).toBe(2)
  })

  it('verifies an export against what was kept', async () => {
    const { storage, directory } = await bundled({ query: { stream: 'main' }, sign: SIGN })
    const elsewhere = await newDirectory()
    const [file, kept] = [join(elsewhere, 'entries.jsonl'), join(elsewhere, 'kept.jsonl')]
    await cp(join(directory, 'entries.jsonl'), file)
    const head = await storage.audit.head()
    const line = (seq: number) =>
      `${JSON.stringify({ checkpoint: { ...head, seq, at: 1 }, tenant: 'default' } satisfies KeptCheckpoint)}\n`
    const outcomes: number[] = []
    for (const seq of [7, 6, 8]) {
      await writeFile(kept, `torn\n${line(seq)}`)
      const { code, printed } = await inBundle(directory, file, '--checkpoints', kept)
      expect(printed).toContain('line 1 of')
      outcomes.push(code)
    }
    expect(outcomes).toEqual([0, 1, 1])
  })
})

it('the type of what was made is that of a bundle', async () => {
  const { bundle } = await bundled()
  expect(Object.keys(bundle satisfies Bundle).sort()).toEqual(['manifest', 'signedBy', 'verification', 'verifier'])
})
