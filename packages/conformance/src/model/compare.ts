import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Storage, TenantStorage } from '@freehold/contract'
import fc from 'fast-check'
import { emptyState, memoryMedium, openReference } from '../reference/index.js'
import { approvalCalls } from './approvals.js'
import { auditCalls } from './audit.js'
import { type Call, shown } from './call.js'
import { outcomeOf } from './outcome.js'
import { sessionCalls } from './sessions.js'
import { traceCalls } from './traces.js'

export interface ModelOptions {
  /** What the calls are made from: the same calls for the same seed. */
  seed: number
  /** How long to go on, in milliseconds. */
  time: number
  /** Most calls of one run; 60 unless told. */
  calls?: number
  /** False: a difference is told as it was found, not made smaller; true unless told. */
  shrink?: boolean
}

/** The same tenant of a store and of the reference, one of two in each run. */
interface Sides {
  store: readonly TenantStorage[]
  reference: readonly TenantStorage[]
}

/** What makes a row whose place in a list is when it was made. */
const STAMPING = ['sessions.save', 'approvals.request']

class Compared implements fc.AsyncCommand<object, Sides> {
  constructor(
    private readonly call: Call,
    private readonly tenant: 0 | 1,
  ) {}

  check(): boolean {
    return true
  }

  async run(_: object, { store, reference }: Sides): Promise<void> {
    const expected = await outcomeOf(this.call, reference[this.tenant]!)
    const answered = await outcomeOf(this.call, store[this.tenant]!)
    assert.deepStrictEqual(answered, expected, `${shown(this.call)} differs from the reference`)
    // Lists are in the order of times that each store stamps: so that no two are the same on one and not on the other.
    if (STAMPING.includes(this.call.name)) await sleep(2)
  }

  toString(): string {
    return `${this.tenant === 0 ? '' : 'other: '}${shown(this.call)}`
  }
}

/**
 * Makes the same random calls, over all domains and two tenants, of a store and of the reference, and compares every answer
 * and every refusal. What differs is made smaller: the error tells the fewest calls that show it, and the seed that brings it
 * back. Resolves to how many runs agreed.
 */
export async function compareWithReference(
  store: Storage,
  { seed, time, calls = 60, shrink = true }: ModelOptions,
): Promise<number> {
  const all = [traceCalls, sessionCalls, approvalCalls, auditCalls]
  // Of one domain in most runs, because its calls then meet more often; of all in some, because none may touch another.
  const commands = fc.oneof(...[...all, fc.oneof(...all)].map((call) => commandsOf(call, calls)))
  let runs = 0
  await fc.assert(
    fc.asyncProperty(commands, async (made) => {
      const reference = await openReference(memoryMedium(emptyState), { migrate: true })
      // Tenants of their own for each run, so that each begins with nothing.
      runs += 1
      const names = ['', 'other '].map((which) => `${which}run ${seed} ${runs}`)
      const setup = async () => ({
        model: {},
        real: {
          store: names.map((name) => store.tenant(name)),
          reference: names.map((name) => reference.tenant(name)),
        },
      })
      await fc.asyncModelRun(setup, made)
    }),
    {
      seed,
      numRuns: 1_000_000,
      interruptAfterTimeLimit: time,
      markInterruptAsFailure: false,
      endOnFailure: !shrink,
    },
  )
  return runs
}

function commandsOf(call: fc.Arbitrary<Call>, most: number) {
  const command = fc.tuple(call, fc.constantFrom<0 | 1>(0, 0, 0, 1)).map(([one, tenant]) => new Compared(one, tenant))
  return fc.commands([command], { maxCommands: most, size: 'max' })
}
