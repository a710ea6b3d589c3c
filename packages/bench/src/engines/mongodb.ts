import { newId } from '@freehold/contract'
import { type Collection, type Db, type Document, MongoClient } from 'mongodb'
import { canonicalText, hashOf } from './chain.js'
import { chunksOf } from './driver.js'
import type { HandWritten, NewDecision, NewEntry, NewRun, TraceRows } from './hand-written.js'
import { collectionOf, type Key, LOAD, type Stored, TENANT, timeOf } from './mongodb-rows.js'
import { MongodbTraces } from './mongodb-traces.js'

const STREAM = 'main'

/** Entries of one page while a chain is verified. */
const PAGE = 1000

export function openMongodb(url: string, pool: number): HandWritten {
  const client = new MongoClient(url, { maxPoolSize: pool, writeConcern: { w: 'majority', journal: true } })
  return new HandWrittenMongodb(client, client.db())
}

export async function dropMongodbDatabase(server: string, name: string): Promise<void> {
  const client = new MongoClient(server)
  try {
    await client.db(name).dropDatabase()
  } finally {
    await client.close()
  }
}

/** Without transactions, which a server of one has not: what comes second makes good what comes first. */
class HandWrittenMongodb implements HandWritten {
  readonly technique: string
  private readonly traces: MongodbTraces
  private lastAppend: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly client: MongoClient,
    private readonly db: Db,
  ) {
    this.traces = new MongodbTraces(db)
    this.technique = this.traces.technique
  }

  traceRows(traceIds: readonly string[]): Promise<TraceRows> {
    return this.traces.traceRows(traceIds)
  }

  ingest(rows: TraceRows): () => Promise<void> {
    return this.traces.ingest(rows)
  }

  loadTraces(model: TraceRows, from: number, to: number): Promise<void> {
    return this.traces.loadTraces(model, from, to)
  }

  newestTraces(limit: number): Promise<Stored[]> {
    return this.traces.newestTraces(limit)
  }

  trace(traceId: string): Promise<Stored[]> {
    return this.traces.trace(traceId)
  }

  outline(traceId: string): Promise<Stored[]> {
    return this.traces.outline(traceId)
  }

  async loadRuns(sessionId: string, runs: readonly NewRun[]): Promise<void> {
    const session = await this.session(sessionId)
    const documents = runs.map((run, i) => documentOf(run, i + 1, session.life))
    for (const chunk of chunksOf(documents, LOAD)) await this.collection('runs').insertMany([...chunk])
    await this.collection('sessions').updateOne({ _id: session._id }, { $set: { runs: runs.length } })
  }

  async appendRun(run: NewRun): Promise<void> {
    const session = await this.session(run.sessionId)
    const seq = session.runs + 1
    await this.collection('runs').insertOne(documentOf(run, seq, session.life))
    const { matchedCount } = await this.collection('sessions').updateOne(
      { _id: session._id, runs: seq - 1 },
      { $set: { runs: seq, updatedAt: new Date() } },
    )
    if (matchedCount !== 1) throw new Error('the session moved meanwhile')
  }

  async approve(id: string, { by, reason }: NewDecision): Promise<void> {
    const _id = { tenant: TENANT, id }
    const before = (await this.collection('approvals').findOne({ _id }))!.version as number
    const now = new Date()
    const at = now.getTime()
    const seq = before + 1
    const event = { id: newId(), seq, type: 'approved', by, reason, at: now, atUs: 0 }
    const { matchedCount } = await this.collection('approvals').updateOne(
      { _id, status: 'pending', version: before },
      {
        $set: {
          status: 'approved',
          version: seq,
          votes: [{ by, decision: 'approved', at, reason }],
          resolution: { by, at, reason },
        },
        $push: { events: event } as Document,
      },
    )
    if (matchedCount !== 1) throw new Error('the approval was decided meanwhile')
  }

  /** One append after the other: in the database they would only find each other's numbers taken. */
  appendEntries(entries: readonly NewEntry[]): Promise<void> {
    const turn = this.lastAppend.then(() => this.append(entries))
    this.lastAppend = turn.catch(() => undefined)
    return turn
  }

  async verifyEntries(): Promise<number> {
    let seq = 0
    let hash = '0'.repeat(64)
    const projection = { seq: 1, previousHash: 1, hash: 1, hashedText: 1 }
    for (;;) {
      const rows = await this.collection('audit')
        .find({ '_id.tenant': TENANT, stream: STREAM, seq: { $gt: seq, $lte: seq + PAGE } }, { projection })
        .sort({ seq: 1 })
        .toArray()
      if (rows.length === 0) return seq
      for (const row of rows) {
        seq += 1
        const linked = row.seq === seq && row.previousHash === hash
        hash = hashOf(hash, row.hashedText as string)
        if (!linked || row.hash !== hash) throw new Error(`the chain is broken at ${seq}`)
      }
    }
  }

  async settle(): Promise<void> {}

  async bytesLogged(): Promise<undefined> {
    return undefined
  }

  async bytesAtRest(): Promise<number> {
    const { storageSize, indexSize } = await this.db.stats()
    return storageSize + indexSize
  }

  close(): Promise<void> {
    return this.client.close()
  }

  private async append(entries: readonly NewEntry[]): Promise<void> {
    const _id = { tenant: TENANT, stream: STREAM }
    const head = (await this.collection('audit_heads').findOne({ _id }))!
    const before = head.seq as number
    let hash = head.hash as string
    const documents = entries.map(({ id, time, ...entry }, i) => {
      const seq = before + i + 1
      const previousHash = hash
      const hashedText = canonicalText({ id, time, ...entry }, seq)
      hash = hashOf(previousHash, hashedText)
      const place = { _id: { tenant: TENANT, id }, stream: STREAM, seq }
      return { ...place, ...entry, ...timeOf('time', time), previousHash, hash, hashedText }
    })
    await this.collection('audit').insertMany(documents)
    const { matchedCount } = await this.collection('audit_heads').updateOne(
      { _id, seq: before },
      { $set: { seq: before + entries.length, hash, pending: [] } },
    )
    if (matchedCount !== 1) throw new Error('the head moved meanwhile')
  }

  private async session(id: string): Promise<{ _id: Key; runs: number; life: unknown }> {
    const projection = { runs: 1, life: 1 }
    const session = await this.collection('sessions').findOne({ _id: { tenant: TENANT, id } }, { projection })
    return session as never
  }

  private collection(name: string): Collection<Stored> {
    return collectionOf(this.db, name)
  }
}

function documentOf({ id, startedAt, endedAt, ...run }: NewRun, seq: number, life: unknown): Stored {
  const times = { ...timeOf('startedAt', startedAt), ...timeOf('endedAt', endedAt!) }
  return { _id: { tenant: TENANT, id }, seq, ...run, ...times, life, revision: 0 }
}
