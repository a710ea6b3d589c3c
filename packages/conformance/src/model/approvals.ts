import {
  APPROVAL_STATUSES,
  APPROVAL_TYPES,
  type ApprovalInput,
  type ApprovalPolicy,
  type ApprovalQuery,
  type Completion,
  type Decision,
  PAUSE_TYPES,
} from '@freehold/contract'
import fc from 'fast-check'
import { type Call, calls, nothing } from './call.js'
import { paged } from './lists.js'
import { anyId, id, json, limit, name, noPage, object, some, text } from './values.js'

/** Long ago, or far ahead: what comes between is a matter of clocks. */
const expiry = fc.constantFrom(1, 5_000_000_000_000)

const policy = some<ApprovalPolicy>({
  quorum: fc.integer({ min: 0, max: 3 }),
  approvers: fc.constantFrom(['a'], ['a', 'b'], ['a', 'a', 'b', 'A'], []),
  escalation: fc.constantFrom([{ after: 1e9, approvers: ['c', 'a'] }], [{ after: 0, approvers: ['c'] }], []),
  excludeRequester: fc.boolean(),
  onExpiry: fc.constantFrom('expired', 'rejected'),
})

const call = { runId: id, sessionId: id, stepId: id, toolCallId: id, tool: name, agentId: id }

const request = fc
  .tuple(
    anyId,
    some<ApprovalInput>({
      ...call,
      type: fc.constantFrom(...APPROVAL_TYPES),
      pauseType: fc.constantFrom(...PAUSE_TYPES),
      args: fc.oneof(json, fc.constantFrom({ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 2 })),
      bind: fc.constantFrom(['a'], ['b', 'a'], []),
      requestedBy: id,
      policy,
      context: object,
      dueAt: expiry,
      expiresAt: expiry,
    } as never),
  )
  .map(([id, more]) => ({ ...more, id }) as ApprovalInput)

const decision = fc
  .tuple(
    fc.constantFrom('approved', 'rejected', 'approved'),
    anyId,
    some<Decision>({ reason: text, resolution: json } as never),
  )
  .map(([decision, by, more]) => ({ ...more, decision, by }) as Decision)

const completion = some<Completion>({
  outcome: fc.constantFrom('executed', 'failed'),
  by: anyId,
  reason: text,
} as never) as fc.Arbitrary<Completion>

const query = some<ApprovalQuery>({
  ...call,
  type: fc.constantFrom(...APPROVAL_TYPES),
  pauseType: fc.constantFrom(...PAUSE_TYPES),
  status: fc.constantFrom(...APPROVAL_STATUSES),
  requestedBy: id,
  from: fc.constantFrom(0),
  to: fc.constantFrom(0, 5e12),
})

const bound = fc.constantFrom({ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 2 })
const named = fc.tuple(anyId)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

export const approvalCalls: fc.Arbitrary<Call> = fc.oneof(
  calls(6, 'approvals.request', fc.tuple(request), ({ approvals }, input) => approvals.request(input)),
  calls(6, 'approvals.decide', fc.tuple(anyId, decision), ({ approvals }, id, input) => approvals.decide(id, input)),
  calls(3, 'approvals.consume', fc.tuple(anyId, maybe(json)), ({ approvals }, id, args) => approvals.consume(id, args)),
  calls(3, 'approvals.consume', fc.tuple(anyId, bound), ({ approvals }, id, args) => approvals.consume(id, args)),
  calls(3, 'approvals.complete', fc.tuple(anyId, completion), ({ approvals }, id, input) =>
    approvals.complete(id, input),
  ),
  calls(2, 'approvals.cancel', fc.tuple(anyId, anyId, maybe(text)), ({ approvals }, id, by, reason) =>
    approvals.cancel(id, by, reason),
  ),
  calls(2, 'approvals.remove', fc.tuple(anyId), ({ approvals }, id) => approvals.remove(id)),
  calls(1, 'approvals.expire', nothing, ({ approvals }) => approvals.expire()),
  calls(1, 'approvals.remind', nothing, ({ approvals }) => approvals.remind()),
  calls(2, 'approvals.get', named, ({ approvals }, id) => approvals.get(id)),
  calls(1, 'approvals.getMany', fc.tuple(fc.array(anyId)), ({ approvals }, ids) => approvals.getMany(ids)),
  calls(2, 'approvals.list', fc.tuple(query, limit), ({ approvals }, wanted, most) =>
    paged((page) => approvals.list(wanted, page), most),
  ),
  calls(1, 'approvals.list', fc.tuple(query, noPage), ({ approvals }, wanted, page) => approvals.list(wanted, page)),
  calls(1, 'approvals.count', fc.tuple(query), ({ approvals }, wanted) => approvals.count(wanted)),
  calls(1, 'approvals.queue', nothing, ({ approvals }) => approvals.queue()),
  calls(1, 'approvals.events', fc.tuple(anyId, limit), ({ approvals }, id, most) =>
    paged((page) => approvals.events(id, page), most),
  ),
)
