import assert from 'node:assert/strict'
import type { Storage } from '@freehold/contract'
import { law } from '../case.js'
import { onlySpan, range, span, traceId } from './spans.js'
import { refused } from './support.js'

/** Ids that a collation, a trim or a number would take for one. */
const ALIKE = ['case', 'CASE', 'trim', 'trim ', ' trim', '\u00e9', 'e\u0301', 'ss', 'ß', '1', '01', '1.0', 'a%', 'a_']

/** Exactly 128 bytes: in characters of one, of two and of four. */
const LONGEST = ['x'.repeat(128), 'é'.repeat(64), '🜁'.repeat(32)]

/** A sort of row: how one with an id is made, so that it carries its id in a text as well, and how it is found. */
interface Row {
  name: string
  /** The field that an over-long id is refused by. */
  field: string
  make(on: Storage, id: string): Promise<unknown>
  find(on: Storage, id: string): Promise<string | undefined>
}

/** Another id for each, of plain characters. */
function hexOf(id: string): string {
  return Buffer.from(id).toString('hex').slice(0, 20)
}

const ROWS: readonly Row[] = [
  {
    name: 'session',
    field: 'id',
    make: (on, id) => on.sessions.save({ id, type: 'agent', name: id }),
    find: async (on, id) => (await on.sessions.get(id))?.name,
  },
  {
    name: 'session of a user',
    field: 'userId',
    make: (on, id) => on.sessions.save({ id: hexOf(id), type: 'agent', userId: id }),
    find: async (on, id) => (await on.sessions.list({ userId: id })).items.map((item) => item.userId).join(),
  },
  {
    name: 'run',
    field: 'id',
    make: async (on, id) => {
      await on.sessions.save({ id: 'of runs', type: 'agent' })
      await on.sessions.appendRun({ id, sessionId: 'of runs', model: id })
    },
    find: async (on, id) => (await on.sessions.run(id))?.model,
  },
  {
    name: 'approval',
    field: 'id',
    make: (on, id) => on.approvals.request({ id, tool: id }),
    find: async (on, id) => (await on.approvals.get(id))?.tool,
  },
  {
    name: 'tool call of an approval',
    field: 'toolCallId',
    make: (on, id) => on.approvals.request({ runId: 'run', toolCallId: id, tool: id }),
    find: async (on, id) => (await on.approvals.list({ toolCallId: id })).items.map((item) => item.tool).join(),
  },
  {
    name: 'audit entry',
    field: 'entries[0].id',
    make: (on, id) => on.audit.append([{ id, actor: id, action: 'named' }]),
    find: async (on, id) => (await on.audit.get(id))?.actor,
  },
  {
    name: 'audit stream',
    field: 'entries[0].stream',
    make: (on, id) => on.audit.append([{ stream: id, actor: id, action: 'named' }]),
    find: async (on, id) => (await on.audit.read({ stream: id })).items.map((item) => item.actor).join(),
  },
  {
    name: 'tenant',
    field: 'tenant',
    make: async (on, id) => on.tenant(id).sessions.save({ id: `in ${hexOf(id)}`, type: 'agent', name: id }),
    find: async (on, id) => (await on.tenant(id).sessions.list()).items.map((item) => item.name).join(),
  },
]

export const idCases = [
  law('ids are compared byte for byte', async ({ storage }) => {
    for (const { name, make, find } of ROWS) {
      for (const id of ALIKE) await make(storage, id)
      for (const id of ALIKE) assert.equal(await find(storage, id), id, `${name} ${JSON.stringify(id)}`)
    }
    await storage.traces.write(ALIKE.map((id, n) => span(n + 1, { traceId: traceId(n + 1), userId: id })))
    for (const [n, userId] of ALIKE.entries()) {
      const { items } = await storage.traces.find({ userId })
      assert.deepEqual(
        items.map((item) => item.traceId),
        [traceId(n + 1)],
        `user ${JSON.stringify(userId)}`,
      )
    }
  }),

  law('ids of 128 bytes are kept whole and longer ones are refused by name', async ({ storage }) => {
    for (const { name, field, make, find } of ROWS) {
      for (const id of LONGEST) {
        await make(storage, id)
        assert.equal(await find(storage, id), id, name)
        const { problems } = await refused('invalid', (async () => make(storage, `${id}x`))())
        assert.deepEqual(
          problems.map((problem) => problem.field),
          [field],
          name,
        )
      }
    }
    await storage.traces.write(LONGEST.map((id, n) => span(1, { traceId: traceId(n + 1), sessionId: id })))
    const kept = await Promise.all(range(LONGEST.length, 1).map((n) => onlySpan(storage.traces, n)))
    assert.deepEqual(
      kept.map((one) => one.sessionId),
      LONGEST,
    )
    const { rejected } = await storage.traces.write([span(1, { sessionId: 'x'.repeat(129) })])
    assert.match(rejected[0]?.reason ?? 'not rejected', /sessionId/)
  }),
]
