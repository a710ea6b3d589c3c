import { once } from 'node:events'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  auditAnchor,
  fileAnchor,
  type KeptCheckpoint,
  keepCheckpoints,
  readCheckpoints,
  webhookAnchor,
} from '../src/index.js'
import { appendTo, newDirectory, OURS, openMemory, runNode, SIGN, THEIRS } from './support/evidence.js'

const never = new AbortController().signal

function kept(seq: number): KeptCheckpoint {
  return { checkpoint: { stream: 'main', seq, hash: 'a'.repeat(64), at: 1_767_225_600_000 + seq }, tenant: 'default' }
}

describe('the anchor of a file', () => {
  it('appends a line for each', async () => {
    const file = join(await newDirectory(), 'kept.jsonl')
    for (const seq of [1, 2]) await fileAnchor(file)(kept(seq), never)
    expect(await readFile(file, 'utf8')).toBe(`${JSON.stringify(kept(1))}\n${JSON.stringify(kept(2))}\n`)
    expect(await readCheckpoints(file)).toEqual({ checkpoints: [kept(1), kept(2)], broken: [] })
  })

  it('begins a new line behind one that was cut off', async () => {
    const file = join(await newDirectory(), 'kept.jsonl')
    await writeFile(file, `${JSON.stringify(kept(1))}\n{"check`)
    await fileAnchor(file)(kept(2), never)
    expect(await readCheckpoints(file)).toEqual({ checkpoints: [kept(1), kept(2)], broken: [2] })
  })

  it('is read with a key by what that key signed', async () => {
    const storage = await openMemory()
    await appendTo(storage, 3)
    const file = join(await newDirectory(), 'kept.jsonl')
    const keeper = keepCheckpoints(storage, { anchor: fileAnchor(file), sign: SIGN })
    const [one] = await keeper.checkpoint()
    await keeper.close()
    const forged = { ...one, checkpoint: { ...one!.checkpoint, seq: 2 } }
    await appendFile(file, `${JSON.stringify(forged)}\n`)
    const [ours, theirs] = await Promise.all(
      [OURS, THEIRS].map(({ publicKey }) => readCheckpoints(file, { publicKey })),
    )
    expect([ours, theirs?.checkpoints]).toEqual([{ checkpoints: [one], broken: [2] }, []])
    const checkpoints = ours!.checkpoints.map(({ checkpoint }) => checkpoint)
    expect(await storage.audit.verify('main', { checkpoints })).toMatchObject({ status: 'ok' })
  })

  it('that cannot be written rejects', async () => {
    await expect(fileAnchor(await newDirectory())(kept(1), never)).rejects.toThrow()
  })
})

describe('the anchor of a webhook', () => {
  async function serve(status: number) {
    const got: { headers: IncomingHttpHeaders; body: string }[] = []
    const server = createServer(async (request, response) => {
      got.push({ headers: request.headers, body: await text(request) })
      response.writeHead(status).end('thanks')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, got }
  }

  it('posts each, by a key that is the same for the same', async () => {
    const { url, got } = await serve(204)
    const anchor = webhookAnchor(url, { headers: { authorization: 'Bearer t' } })
    for (const seq of [1, 1, 2]) await anchor(kept(seq), never)
    expect(got.map(({ body }) => JSON.parse(body))).toEqual([kept(1), kept(1), kept(2)])
    const keys = got.map(({ headers }) => headers['idempotency-key'])
    expect([keys[0] === keys[1], keys[1] === keys[2]]).toEqual([true, false])
    expect(got[0]?.headers).toMatchObject({ authorization: 'Bearer t', 'content-type': 'application/json' })
  })

  it('rejects what is not answered with 2xx', async () => {
    const { url } = await serve(503)
    await expect(webhookAnchor(url)(kept(1), never)).rejects.toThrow('the webhook answered 503')
  })

  it('ends with its signal', async () => {
    const { url } = await serve(204)
    const gone = AbortSignal.abort(new Error('late'))
    await expect(webhookAnchor(url)(kept(1), gone)).rejects.toThrow('late')
  })

  it.each(['nonsense', 'file:///tmp/x'])('is none at %s', (url) => {
    expect(() => webhookAnchor(url)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })
})

describe('the anchor of another database', () => {
  it('has an entry for each, once', async () => {
    const [storage, vault] = [await openMemory(), await openMemory()]
    await appendTo(storage, 3)
    const anchor = auditAnchor(vault.audit, { stream: 'anchors' })
    const keeper = keepCheckpoints(storage, { anchor, sign: SIGN })
    const [one] = await keeper.checkpoint()
    await keeper.close()
    await anchor(one!, never)
    const { items } = await vault.audit.read({ stream: 'anchors' })
    expect(items).toMatchObject([
      { actor: 'freehold', action: 'audit.checkpoint', target: 'main', time: one!.checkpoint.at, data: one },
    ])
  })
})

it('a process that keeps checkpoints ends when it has nothing else to do', async () => {
  const built = pathToFileURL(join(import.meta.dirname, '../dist/index.js')).href
  const script = `
    import { keepCheckpoints } from '${built}'
    const audit = { head: async () => ({ stream: 'main', seq: 1, hash: 'a' }) }
    keepCheckpoints({ tenantId: 'default', audit }, { anchor: () => new Promise(() => {}) })`
  expect(await runNode('--input-type=module', '-e', script)).toEqual({ code: 0, printed: '' })
})
