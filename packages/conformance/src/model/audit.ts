import type { AuditInput, AuditQuery, Checkpoint } from '@freehold/contract'
import fc from 'fast-check'
import { type Call, calls } from './call.js'
import { paged } from './lists.js'
import { anyId, id, limit, name, noPage, object, some, text, time } from './values.js'

const references = { traceId: id, runId: id, sessionId: id, approvalId: id }

/** With a time of its own: what the store stamps is hashed. */
const entry = fc
  .tuple(
    anyId,
    time,
    some<AuditInput>({ ...references, stream: id, target: text, outcome: name, reason: text, data: object } as never),
  )
  .map(([id, at, more]) => ({ actor: 'ann', action: 'refund', ...more, id, time: at }) as AuditInput)

const query = some<AuditQuery>({
  ...references,
  stream: id,
  actor: fc.constantFrom('ann', 'bob'),
  target: text,
  outcome: name,
  from: time,
  to: time,
} as never)

const stream = fc.option(anyId, { nil: undefined })
const hash = fc.constantFrom('0'.repeat(64), 'f'.repeat(64), 'nonsense')
const checkpoint = fc.option(
  fc.record({ stream: id, seq: fc.integer({ min: 0, max: 3 }), hash, at: time }) as fc.Arbitrary<Checkpoint>,
  { nil: undefined },
)

export const auditCalls: fc.Arbitrary<Call> = fc.oneof(
  calls(6, 'audit.append', fc.tuple(fc.array(entry, { maxLength: 4 })), ({ audit }, entries) => audit.append(entries)),
  calls(2, 'audit.checkpoint', fc.tuple(stream), ({ audit }, name) => audit.checkpoint(name)),
  calls(2, 'audit.get', fc.tuple(anyId), ({ audit }, id) => audit.get(id)),
  calls(2, 'audit.head', fc.tuple(stream), ({ audit }, name) => audit.head(name)),
  calls(3, 'audit.read', fc.tuple(query, limit), ({ audit }, wanted, most) =>
    paged((page) => audit.read(wanted, page), most),
  ),
  calls(1, 'audit.read', fc.tuple(query, noPage), ({ audit }, wanted, page) => audit.read(wanted, page)),
  calls(2, 'audit.verify', fc.tuple(stream, checkpoint), ({ audit }, name, kept) => audit.verify(name, kept)),
)
