import assert from 'node:assert/strict'
import { StoreError, type TenantStorage } from '@freehold/contract'
import { type Chapter, law } from '../case.js'
import { type Call, EVERY_CALL, furnish, snapshot } from './methods.js'
import { onlySpan } from './spans.js'
import { refused } from './support.js'
import { keepApart } from './tenancy-twins.js'

/** Calls that make rows: what they say is left to the law of two tenants with the same ids. */
const CREATES = ['traces.write', 'sessions.save', 'approvals.request', 'audit.append']

/** What a call tells its caller, without what differs from call to call: times, and the hashes over them. */
async function outcomeOf(call: Call, storage: TenantStorage): Promise<string> {
  try {
    return JSON.stringify(await call.on(storage), (_, value) => {
      if (typeof value === 'number' && value > 1e9) return 'a time'
      return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? 'a hash' : value
    })
  } catch (error) {
    if (StoreError.is(error)) return `refused as ${error.code}`
    throw error
  }
}

export const tenancyCases: Chapter = {
  name: 'tenancy',
  cases: [
    law('no method of one tenant reads, counts, hides or changes a row of another', async ({ storage }) => {
      const told = (when: string, call: Call) => outcomeOf(call, storage.tenant(`${when} ${call.name}`))
      const answers = EVERY_CALL.filter((call) => !CREATES.includes(call.name))
      const alone = new Map<Call, string>()
      for (const call of answers) alone.set(call, await told('alone', call))
      await furnish(storage, 'ours')
      const before = await snapshot(storage)
      for (const call of answers) assert.equal(await told('among others', call), alone.get(call), call.name)
      for (const call of EVERY_CALL) await outcomeOf(call, storage.tenant('intruder'))
      assert.deepEqual(await snapshot(storage), before)
      await keepApart(storage, storage.tenant('twin'))
    }),

    law('two tenants may use the same ids', async ({ storage }) => {
      const tenants = ['one', 'two']
      for (const id of tenants) await furnish(storage.tenant(id), id)
      const found = tenants.map(async (id) => {
        const { traces, sessions, approvals, audit } = storage.tenant(id)
        return [
          (await onlySpan(traces)).name,
          (await sessions.get('session'))?.name,
          (await sessions.run('run'))?.model,
          (await approvals.get('pending'))?.tool,
          (await audit.get('entry'))?.actor,
        ]
      })
      assert.deepEqual(
        await Promise.all(found),
        tenants.map((id) => [id, id, id, id, id]),
      )
    }),

    law('a tenant id that is empty, too long or not text is refused as invalid', async ({ storage }) => {
      for (const id of ['', 'x'.repeat(129), 42, null, undefined])
        await refused('invalid', (async () => storage.tenant(id as string).traces.find())())
    }),
  ],
}
