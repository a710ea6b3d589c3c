import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type AuditWriter, compact, DEFAULT_STREAM, type JsonObject, StoreError } from '@freehold/contract'
import type { KeptCheckpoint } from './format.js'
import { checkpointText, sha256 } from './signatures.js'

/**
 * Keeps a checkpoint where those who can write to the audit cannot. It resolves when the checkpoint is safe there. It may be called
 * again with one that it has, and by several processes; what it throws, or a `signal` that ends after 30 seconds, is tried again.
 */
export type Anchor = (kept: KeptCheckpoint, signal: AbortSignal) => Promise<void> | void

const LINE_FEED = 10

/**
 * A file of JSON lines that is only ever appended to, and is on the disk when the promise resolves: put it on a disk of another
 * machine, or make it append-only (`chattr +a`). `readCheckpoints` reads it. Behind a line that a crash cut off, a new one is begun.
 */
export function fileAnchor(path: string): Anchor {
  return async (kept) => {
    const file = await open(path, 'a+')
    try {
      const { size } = await file.stat()
      const last = Buffer.alloc(1)
      if (size > 0) await file.read(last, 0, 1, size - 1)
      const begin = size > 0 && last[0] !== LINE_FEED ? '\n' : ''
      await file.appendFile(`${begin}${JSON.stringify(kept)}\n`)
      await file.sync()
      if (size === 0) await syncFolder(dirname(path))
    } finally {
      await file.close()
    }
  }
}

/** That a file is new is kept by its folder. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  await folder.sync().finally(() => folder.close())
}

/**
 * Posts the checkpoint as JSON; any answer of 2xx says that it is kept. `Idempotency-Key` is the same for the same checkpoint.
 * @throws StoreError `invalid` for what is no URL of HTTP
 */
export function webhookAnchor(url: string, options: { headers?: Readonly<Record<string, string>> } = {}): Anchor {
  if (!(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)))
    throw StoreError.invalid('webhook', [{ field: 'url', message: 'is no URL of http: or https:; give one' }])
  return async (kept, signal) => {
    const headers = {
      ...compact(options.headers ?? {}),
      'content-type': 'application/json',
      'idempotency-key': keyOf(kept),
    }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(kept), signal })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`the webhook answered ${response.status}`)
  }
}

/** An entry in the audit of another database, once for each checkpoint: its `data` are the checkpoint. */
export function auditAnchor(audit: AuditWriter, options: { stream?: string } = {}): Anchor {
  const { stream = DEFAULT_STREAM } = options
  return async (kept) => {
    const { stream: target, at: time } = kept.checkpoint
    const data = JSON.parse(JSON.stringify(kept)) as JsonObject
    const id = `checkpoint ${keyOf(kept)}`
    await audit.append([{ id, stream, time, actor: 'freehold', action: 'audit.checkpoint', target, data }])
  }
}

function keyOf(kept: KeptCheckpoint): string {
  return sha256(checkpointText(kept))
}
