import {
  type AuditEntry,
  type AuditHead,
  type AuditStore,
  acceptAuditQuery,
  acceptEntries,
  acceptRecords,
  acceptShape,
  acceptStream,
  acceptVerification,
  ChainCheck,
  type Checkpoint,
  canonicalJson,
  checkId,
  emptyHead,
  type Json,
  type Link,
  linkEntry,
  recordOfLink,
  refuseOtherColumns,
  type Shape,
  type ShapeUse,
  sameEntry,
  toMicroseconds,
} from '@freehold/contract'
import { acceptListing, listing, matches, type Order } from './listing.js'
import type { Medium } from './medium.js'

/** Most records of one reading. */
const MAX_RECORDS = 1000

interface Chain {
  head: AuditHead
  links: Link[]
  checkpoint?: Checkpoint
}

/** The chains of each tenant, by stream. */
export type AuditState = Map<string, Map<string, Chain>>

/** Who uses a shape, by its name: of one name, all tenants have the same columns. */
export type ShapesState = Map<string, ShapeUse[]>

export function emptyAudit(): AuditState {
  return new Map()
}

const NEWEST_ENTRY: Order<AuditEntry> = {
  list: 'audit',
  example: [0, ''],
  key: (entry) => [toMicroseconds(entry.time), entry.id],
  direction: 'descending',
}

const LAST_ENTRY: Order<AuditEntry> = {
  list: 'audit of a stream',
  example: [0],
  key: (entry) => [entry.seq],
  direction: 'descending',
}

/** The audit of one tenant, one transaction per call. Validators are functions: they live in the store, not in its state. */
export function referenceAudit(
  medium: Medium<{ audit: AuditState; shapes: ShapesState }>,
  tenant: string,
  shapes: Map<string, Shape> = new Map(),
): AuditStore {
  const transact = <T>(work: (chains: Map<string, Chain>) => T) =>
    medium.transact(({ audit }) => work(chainsOf(audit, tenant)))

  return {
    async append(inputs) {
      const accepted = await acceptEntries(inputs, shapes, Date.now())
      return transact((chains) =>
        accepted.map((wanted) => {
          const stored = entriesOf(chains).find((entry) => entry.id === wanted.id)
          if (stored !== undefined) return sameEntry(wanted, stored)
          const { timeGiven, ...unlinked } = wanted
          const chain = chainOf(chains, wanted.stream)
          const link = linkEntry(tenant, unlinked, chain.head)
          chain.links.push(link)
          chain.head = { stream: wanted.stream, seq: link.entry.seq, hash: link.entry.hash }
          return link.entry
        }),
      )
    },

    async checkpoint(stream) {
      const name = acceptStream(stream)
      return transact((chains) => {
        const chain = chainOf(chains, name)
        chain.checkpoint = { ...chain.head, at: Date.now() }
        return chain.checkpoint
      })
    },

    async define(shape) {
      const accepted = acceptShape(shape)
      const use = { tenant, columns: canonicalJson(accepted.columns as Json) }
      await medium.transact(({ shapes: used }) => {
        const uses = used.get(accepted.name) ?? []
        refuseOtherColumns(accepted.name, uses, use)
        used.set(accepted.name, [...uses.filter((other) => other.tenant !== tenant), use])
      })
      shapes.set(accepted.name, accepted)
    },

    async read(query, page) {
      const order = query?.stream === undefined ? NEWEST_ENTRY : LAST_ENTRY
      const [wanted, at] = acceptListing(order, () => acceptAuditQuery(query), page)
      return transact((chains) => {
        const found = entriesOf(chains).filter((entry) => matches(entry, entry.time, wanted))
        return listing(order, found, at, (entry) => entry)
      })
    },

    async get(id) {
      const entryId = checkId('audit entry', id)
      return transact((chains) => entriesOf(chains).find((entry) => entry.id === entryId) ?? null)
    },

    async head(stream) {
      const name = acceptStream(stream)
      return transact((chains) => chainOf(chains, name).head)
    },

    async records(stream, after) {
      const accepted = acceptRecords(stream, after)
      return transact((chains) => {
        const records = chainOf(chains, accepted.stream).links.map(recordOfLink)
        const behind = records.filter(({ seq }) => seq > accepted.after)
        return behind.sort((a, b) => a.seq - b.seq).slice(0, MAX_RECORDS)
      })
    },

    async verify(stream, options) {
      const asked = acceptVerification(stream, options)
      asked.signal?.throwIfAborted()
      const chain = await transact((chains) => chainOf(chains, asked.stream))
      const check = new ChainCheck(tenant, asked, chain.head, chain.checkpoint)
      const after = asked.from?.seq ?? 0
      const links = chain.links.filter(({ entry }) => entry.seq > after || entry.seq < 1)
      check.take(links.sort((a, b) => a.entry.seq - b.entry.seq))
      return check.result(chain.head)
    },
  }
}

function chainsOf(state: AuditState, tenant: string): Map<string, Chain> {
  const own = state.get(tenant) ?? new Map<string, Chain>()
  state.set(tenant, own)
  return own
}

function chainOf(chains: Map<string, Chain>, stream: string): Chain {
  const chain = chains.get(stream) ?? { head: emptyHead(stream), links: [] }
  chains.set(stream, chain)
  return chain
}

function entriesOf(chains: Map<string, Chain>): AuditEntry[] {
  return [...chains.values()].flatMap((chain) => chain.links.map((link) => link.entry))
}
