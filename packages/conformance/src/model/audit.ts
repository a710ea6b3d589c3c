import {
  type AuditInput,
  type AuditQuery,
  type Checkpoint,
  type Shape,
  sha256,
  type TenantStorage,
} from '@freehold/contract'
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
    some<AuditInput>({
      ...references,
      stream: id,
      target: text,
      outcome: name,
      reason: text,
      data: object,
      shape: fc.constantFrom(undefined, undefined, undefined, 'one', 'two'),
    } as never),
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

const shape = fc.constantFrom('one', 'two')

/** Of no use to a run are the shapes of another: a name is of all tenants. Both tenants of a run have the same. */
function named({ tenantId }: TenantStorage, name: string): string {
  return `of_${sha256(tenantId.replace(/^other /, '')).slice(0, 16)}_${name}`
}

function inShape(storage: TenantStorage, entries: readonly AuditInput[]): AuditInput[] {
  return entries.map((entry) =>
    typeof entry.shape === 'string' ? { ...entry, shape: named(storage, entry.shape) } : entry,
  )
}

const columns = fc.constantFrom<Shape['columns']>(
  { a: 'text' },
  { a: 'number', bb: 'json' },
  { aB: 'text', a_b: 'text' },
  { action: 'text', actionOfData: 'boolean' },
  { 'c.d': 'text' },
)

/** Any data, but that with a `bb` of its own. */
const schema: Shape['schema'] = {
  '~standard': {
    version: 1,
    vendor: 'freehold',
    validate: (value) =>
      Object.hasOwn((value ?? {}) as object, 'bb') ? { issues: [{ message: 'not here', path: ['bb'] }] } : { value },
  },
}

export const auditCalls: fc.Arbitrary<Call> = fc.oneof(
  calls(6, 'audit.append', fc.tuple(fc.array(entry, { maxLength: 4 })), (storage, entries) =>
    storage.audit.append(inShape(storage, entries)),
  ),
  calls(1, 'audit.define', fc.tuple(shape, columns), (storage, name, columns) =>
    storage.audit.define({ name: named(storage, name), schema, columns }),
  ),
  calls(2, 'audit.checkpoint', fc.tuple(stream), ({ audit }, name) => audit.checkpoint(name)),
  calls(2, 'audit.get', fc.tuple(anyId), ({ audit }, id) => audit.get(id)),
  calls(2, 'audit.head', fc.tuple(stream), ({ audit }, name) => audit.head(name)),
  calls(3, 'audit.read', fc.tuple(query, limit), ({ audit }, wanted, most) =>
    paged((page) => audit.read(wanted, page), most),
  ),
  calls(1, 'audit.read', fc.tuple(query, noPage), ({ audit }, wanted, page) => audit.read(wanted, page)),
  calls(2, 'audit.verify', fc.tuple(stream, checkpoint, checkpoint), ({ audit }, name, kept, from) =>
    audit.verify(name, { checkpoints: kept === undefined ? [] : [kept], from }),
  ),
  calls(1, 'audit.records', fc.tuple(stream, fc.constantFrom(undefined, 0, 1, 2, -1)), ({ audit }, name, after) =>
    audit.records(name, after),
  ),
)
