import { join } from 'node:path'
import type { Tampering } from '@freehold/conformance'
import type { AuditHead, Storage } from '@freehold/contract'
import { type Engine, urlOf } from '@freehold/databases/engines'
import {
  auditAnchor,
  bundleEvidence,
  exportAudit,
  keepCheckpoints,
  openStorage,
  verifyBundle,
  verifyFile,
} from 'freehold'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tamperMongo } from '../../mongo/test/tamper.js'
import { mysqlPrompt, postgresPrompt } from '../../sql/test/prompts.js'
import { tamperSql } from '../../sql/test/tamper.js'
import { newDirectory, OURS, openMemory, SIGN } from './support/evidence.js'
import { AVAILABLE, databaseUrl, newDatabase, removeDatabase } from './support/servers.js'

type OfChain = Extract<Tampering, { stream: string }>

/** What somebody does with the database's own tools, what `verify` says of it, and what is found in a file. */
const TAMPERINGS: readonly [OfChain, string, string][] = [
  [{ kind: 'change-entry', stream: 'main', seq: 2 }, 'modified 2', 'ok'],
  [{ kind: 'change-text', stream: 'main', seq: 2 }, 'modified 2', 'modified 2'],
  [{ kind: 'rewrite-entry', stream: 'main', seq: 2 }, 'modified 2', 'modified 2'],
  [{ kind: 'remove-entry', stream: 'main', seq: 2 }, 'missing 2', 'missing 2'],
  [{ kind: 'swap-entries', stream: 'main', seq: 2 }, 'reordered 2', 'reordered 2'],
  [{ kind: 'fork-entry', stream: 'main', seq: 3 }, 'forked 3', 'forked 3'],
  [{ kind: 'truncate', stream: 'main', seq: 2, head: true, checkpoint: true }, 'truncated 3', 'truncated 3'],
]

const told = (result: { status: string; found?: string; seq?: number }) =>
  result.status === 'ok' ? 'ok' : `${result.found} ${result.seq}`

describe.each(AVAILABLE)('on %s', (engine: Engine) => {
  let name: string
  let url: string
  let storage: Storage

  beforeEach(async () => {
    name = await newDatabase(engine, urlOf(engine)!)
    url = databaseUrl(urlOf(engine)!, name)
    storage = await openStorage(url, { migrate: true })
    const data = { text: 'ü 😀 "\\', numbers: [1.5, 1e21, -0.1], nested: { b: null, a: [true] } }
    await storage.audit.append(['a', 'b', 'c', 'd'].map((id) => ({ id, actor: 'ann', action: 'refund', data })))
  })
  afterEach(async () => {
    await storage.close()
    await removeDatabase(engine, urlOf(engine)!, name)
  })

  function tamper(tampering: OfChain): Promise<void> {
    if (engine === 'mongodb') return tamperMongo(() => url, tampering)
    const prompt = engine === 'postgres' || engine === 'postgres15' ? postgresPrompt(url) : mysqlPrompt(url)
    return tamperSql(() => prompt, tampering)
  }

  it('a bundle of what was appended verifies', async () => {
    const directory = join(await newDirectory(), 'bundle')
    await bundleEvidence(storage, directory, { sign: SIGN })
    expect(await verifyBundle(directory, { publicKey: OURS.publicKey })).toMatchObject({ status: 'ok', entries: 4 })
  })

  it.each(TAMPERINGS)(
    'what $kind does is found by what is kept in another database',
    async (tampering, seen, inFile) => {
      const vault = await openMemory()
      await keepCheckpoints(storage, { anchor: auditAnchor(vault.audit) }).close()
      const { items } = await vault.audit.read()
      const checkpoints = items.map(({ data }) => data!.checkpoint as unknown as AuditHead)
      await tamper(tampering)
      const file = join(await newDirectory(), 'export.jsonl')
      await exportAudit(storage, file, { query: { stream: 'main' } })
      expect([
        checkpoints.length,
        told(await storage.audit.verify('main', { checkpoints })),
        told(await verifyFile(file, { checkpoints })),
      ]).toEqual([1, seen, inFile])
    },
  )
})
