import {
  type AuditEntry,
  type AuditInput,
  type ConsumerState,
  type Delivery,
  Fields,
  groupBy,
  type Settlement,
  type Storage,
  StoreError,
} from '@freehold/contract'
import { tell } from '@freehold/recorder'
import { warnOfAny } from '../warn-of-any.js'
import { entryOf } from './approval-entry.js'
import { RelayWorker } from './worker.js'

export interface AuditApprovalsOptions {
  /** The stream of the entries, of each tenant; `approvals` unless told. */
  stream?: string
  /** Longest time until something is told, in milliseconds, at least 10; 1,000 unless told. */
  interval?: number
  /** Told of what the databases say. A process warning unless told. */
  onError?(error: unknown): void
}

export interface AuditedApprovals {
  /** How far the audit is. */
  state(): Promise<ConsumerState>
  /** Waits for what is on its way. What was not told is told by the next process. */
  close(): Promise<void>
}

/** Who is told, in the outbox of approvals. */
export const AUDIT = 'freehold:audit'
/** Most entries of one append. */
const MOST = 1_000
/** When entries that the audit does not take are tried again, in milliseconds: it has to have them. */
const RETRY = 10_000

/**
 * Brings what happens to approvals into the audit, wherever that lives: each event of each approval of each tenant, from the first on,
 * exactly once, as an entry with the event's id in a stream of its own. Any number of processes may do so: one at a time works, and
 * another goes on when it dies. While the audit's database is away, events wait where the approvals are.
 *
 * @throws StoreError `invalid` for wrong options. Later errors go to `onError`.
 */
export function auditApprovals(storage: Storage, options: AuditApprovalsOptions = {}): AuditedApprovals {
  const fields = new Fields('auditApprovals options', options, ['stream', 'interval', 'onError'])
  const stream = fields.id('stream') ?? 'approvals'
  const interval = fields.integer('interval', 10, 3_600_000) ?? 1_000
  if (fields.has('onError') && typeof fields.raw('onError') !== 'function')
    fields.problem('onError', 'is not a function; give one, or leave it out')
  fields.done()
  const onError = options.onError ?? warnOfAny
  const deliver = async (deliveries: readonly Delivery[]) => {
    const settled: Settlement[] = []
    for (const [tenant, own] of groupBy(deliveries, (delivery) => delivery.tenant))
      settled.push(...(await append(storage, tenant, stream, own, onError)))
    return settled
  }
  const worker = new RelayWorker(storage.relay, { consumer: AUDIT, from: 'start', deliver, interval, onError })
  return { state: () => storage.relay.state(AUDIT), close: () => worker.close() }
}

/** All of a tenant in as few appends as may be; where one is refused, approval by approval. */
async function append(
  storage: Storage,
  tenant: string,
  stream: string,
  deliveries: readonly Delivery[],
  onError: (error: unknown) => void,
): Promise<Settlement[]> {
  const { audit } = storage.tenant(tenant)
  const entries = deliveries.flatMap(({ approval, events }) => events.map((event) => entryOf(stream, approval, event)))
  try {
    for (let from = 0; from < entries.length; from += MOST) await audit.append(entries.slice(from, from + MOST))
    return deliveries.map(toldOf)
  } catch (error) {
    // What is away is tried again as a whole.
    if (!StoreError.is(error) || (error.code !== 'invalid' && error.code !== 'conflict')) throw error
  }
  const settled: Settlement[] = []
  for (const delivery of deliveries) {
    const own = delivery.events.map((event) => entryOf(stream, delivery.approval, event))
    settled.push(await appendOne(audit, delivery, own, onError))
  }
  return settled
}

async function appendOne(
  audit: Storage['audit'],
  delivery: Delivery,
  entries: readonly AuditInput[],
  onError: (error: unknown) => void,
): Promise<Settlement> {
  let told = delivery.events[0]!.seq - 1
  try {
    for (const [i, entry] of entries.entries()) {
      const there = await audit.get(entry.id!)
      if (there === null) await audit.append([entry])
      // Another build may have told of it in other words; but somebody else may have taken the id.
      else if (!isOf(there, entry))
        throw new StoreError('conflict', `another entry has the id of the event ${entry.id}`)
      told = delivery.events[i]!.seq
    }
    return toldOf(delivery)
  } catch (error) {
    if (!StoreError.is(error) || (error.code !== 'invalid' && error.code !== 'conflict')) throw error
    tell(onError, error)
    const failure = { reason: error.message, retryIn: RETRY }
    return { ...toldOf(delivery), seq: told, failure }
  }
}

function isOf(there: AuditEntry, { approvalId, action, data }: AuditInput): boolean {
  return there.approvalId === approvalId && there.action === action && there.data?.seq === data?.seq
}

function toldOf({ tenant, approval, events }: Delivery): Settlement {
  return { tenant, approvalId: approval.id, requestedAt: approval.requestedAt, seq: events.at(-1)!.seq }
}
