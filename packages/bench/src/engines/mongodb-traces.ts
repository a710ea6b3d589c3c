import type { Db, Document } from 'mongodb'
import { chunksOf } from './driver.js'
import type { TraceRows } from './hand-written.js'
import { collectionOf, LOAD, type Stored, TENANT, timeOf } from './mongodb-rows.js'

const NO_STATE = { root: 0, places: 0, writing: 0, revision: 0, anew: 0, batch: 0, traceDay: 0 }
const NO_PAYLOADS = { rank: 0, size: 0, detail: 0, input: 0, output: 0, attributes: 0, rest: 0 }

/** Traces that one question asks for. */
const RANGES = 25

/** Without transactions, which a server of one has not. */
export class MongodbTraces {
  readonly technique = 'insertMany of the traces, insertMany of the spans, neither ordered, no transaction'

  constructor(private readonly db: Db) {}

  async traceRows(traceIds: readonly string[]): Promise<TraceRows> {
    const [spans, texts]: [Stored[], Stored[]] = [[], []]
    // Many ranges in one question take a server far longer than the same in several.
    for (const some of chunksOf(traceIds, RANGES)) {
      spans.push(
        ...(await this.collection('spans')
          .find({ $or: some.map(spansOf) })
          .toArray()),
      )
      texts.push(
        ...(await this.collection('texts')
          .find({ $or: some.map(textsOf) })
          .toArray()),
      )
    }
    const traces = await this.collection('traces')
      .find({ _id: { $in: traceIds.map((traceId) => ({ tenant: TENANT, traceId })) } })
      .toArray()
    return { traces, spans, texts }
  }

  ingest({ traces, spans, texts }: TraceRows): () => Promise<void> {
    return async () => {
      await this.collection('traces').insertMany(traces as Stored[], { ordered: false })
      if (texts.length > 0) await this.collection('texts').insertMany(texts as Stored[], { ordered: false })
      await this.collection('spans').insertMany(spans as Stored[], { ordered: false })
    }
  }

  async loadTraces({ traces }: TraceRows, from: number, to: number): Promise<void> {
    const numbers = Array.from({ length: to - from }, (_, i) => from + i)
    for (const chunk of chunksOf(numbers, LOAD))
      await this.collection('traces').insertMany(
        chunk.map((number) => copyOf(traces[0] as Stored, number)),
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

  outline(traceId: string): Promise<Stored[]> {
    return this.collection('spans').find(spansOf(traceId), { projection: NO_PAYLOADS }).toArray()
  }

  private collection(name: string) {
    return collectionOf(this.db, name)
  }
}

function spansOf(traceId: string): Document {
  const key = (spanId: string) => ({ tenant: TENANT, traceId, spanId })
  return { _id: { $gt: key(''), $lt: key('g') } }
}

/** Their names are made of letters, digits, `-` and `_`. */
function textsOf(traceId: string): Document {
  const key = (name: string) => ({ tenant: TENANT, traceId, name })
  return { _id: { $gt: key(''), $lt: key('~') } }
}

function copyOf(model: Stored, number: number): Stored {
  const startedAt = Date.UTC(2026, 0, 1) + number * 250
  return {
    ...model,
    _id: { tenant: TENANT, traceId: number.toString(16).padStart(32, '0') },
    ...timeOf('startedAt', startedAt),
    ...timeOf('endedAt', startedAt + 1000),
  }
}
