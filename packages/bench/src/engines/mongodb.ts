import { newId, toMicroseconds } from '@freehold/contract'
import { type Collection, type Db, type Document, MongoClient } from 'mongodb'
import { canonicalText, hashOf } from './chain.js'
import type { Row } from './driver.js'
import { chunksOf } from './driver.js'
import type { HandWritten, NewDecision, NewEntry, NewRun, TraceRows } from './hand-written.js'

const TENANT = 'default'
const STREAM = 'main'

interface Key {
  tenant: string
  id?: string
  traceId?: string
  spanId?: string
  stream?: string
}

/** The natural key, and the fields. */
interface Stored {
  _id: Key
  [field: string]: unknown
}

/** Documents of one command of a large load. */
const LOAD = 500
/** Entries of one page while a chain is verified. */
const PAGE = 1000

const NO_STATE = { root: 0, places: 0, writing: 0, revision: 0, anew: 0, batch: 0, traceDay: 0 }

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
  readonly technique = 'insertMany of the traces, insertMany of the spans, neither ordered, no transaction'
  private lastAppend: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly client: MongoClient,
    private readonly db: Db,
  ) {}

  async traceRows(traceIds: readonly string[]): Promise<TraceRows> {
    const traces = await this.collection('traces')
      .find({ _id: { $in: traceIds.map((traceId) => ({ tenant: TENANT, traceId })) } })
      .toArray()
    const spans = await this.collection('spans')
      .find({ $or: traceIds.map(spansOf) })
      .toArray()
    return { traces, spans }
  }

  ingest({ traces, spans }: TraceRows): () => Promise<void> {
    return async () => {
      await this.collection('traces').insertMany(traces as Stored[], { ordered: false })
      await this.collection('spans').insertMany(spans as Stored[], { ordered: false })
    }
  }

  async loadTraces({ traces }: TraceRows, from: number, to: number): Promise<void> {
    const numbers = Array.from({ length: to - from }, (_, i) => from + i)
    for (const chunk of chunksOf(numbers, LOAD))
      await this.collection('traces').insertMany(
        chunk.map((number) => copyOf(traces[0]!, number)),
        { ordered: false },
      )
  }

  newestTraces(limit: number): Promise<Stored[]> {
    return this.collection('traces')
      .find({ '_id.tenant': TENANT }, { projection: NO_STATE })
      .sort({ startedAt: -1, startedAtUs: -1, '_id.traceId': -1 })
      .limit(limit)
      .toArray()
  }

  trace(traceId: string): Promise<Stored[]> {
    return this.collection('spans').find(spansOf(traceId)).toArray()
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
    const projection = { status: 1, version: 1, votes: 1, policy: 1 }
    const before = (await this.collection('approvals').findOne({ _id }, { projection }))!.version as number
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
    return this.db.collection(`freehold_${name}`)
  }
}

function spansOf(traceId: string): Document {
  const key = (spanId: string) => ({ tenant: TENANT, traceId, spanId })
  return { _id: { $gt: key(''), $lt: key('g') } }
}

function copyOf(model: Row, number: number): Stored {
  const startedAt = Date.UTC(2026, 0, 1) + number * 250
  return {
    ...model,
    _id: { tenant: TENANT, traceId: number.toString(16).padStart(32, '0') },
    ...timeOf('startedAt', startedAt),
    ...timeOf('endedAt', startedAt + 1000),
  }
}

function documentOf({ id, startedAt, endedAt, ...run }: NewRun, seq: number, life: unknown): Stored {
  const times = { ...timeOf('startedAt', startedAt), ...timeOf('endedAt', endedAt!) }
  return { _id: { tenant: TENANT, id }, seq, ...run, ...times, life, revision: 0 }
}

/** A date to the millisecond, and the microseconds beyond beside it. */
function timeOf(field: string, at: number): Document {
  const millis = Math.floor(at)
  return { [field]: new Date(millis), [`${field}Us`]: toMicroseconds(at) - millis * 1000 }
}
