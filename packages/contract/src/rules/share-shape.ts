import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '../errors.js'
import { newId } from '../ids.js'

/** How often somebody who waits for another definition looks again, and how long between, in milliseconds. */
const LOOKS = 20
const PAUSE = 100

/** That a tenant uses a shape with these columns, as one canonical text. Without a mark, the view is there and has them. */
export interface ShapeUse {
  tenant: string
  columns: string
  /** The mark of the call that is about to define it, or was when it died. */
  defining?: string
}

/** The records of who uses one shape. Each call is by itself: there need be no transaction around them. */
export interface ShapeUses {
  /** That of one tenant. */
  of(tenant: string): Promise<ShapeUse | undefined>
  /** Of all tenants, read anew. */
  all(): Promise<readonly ShapeUse[]>
  /** Writes a use in the place of the one that its tenant has. */
  put(use: ShapeUse): Promise<unknown>
  /** Takes the mark away; false where the record is marked otherwise by now, or gone. */
  settle(tenant: string, mark: string): Promise<boolean>
  /** Puts back what a tenant had before, or nothing, unless the record is marked otherwise by now. */
  restore(tenant: string, mark: string, before: ShapeUse | undefined): Promise<unknown>
  /** Deletes what is marked, but not by this call. */
  dropOthers(mark: string): Promise<unknown>
  /** Makes the view, in the place of one that is there. A refusal, after which the view is as it was, is a `StoreError`. */
  makeView(): Promise<unknown>
  /** Runs `work` while nobody else runs such work. */
  alone<T>(work: (uses: ShapeUses) => Promise<T>): Promise<T>
}

/**
 * Gives a tenant the view of a shape. All tenants have one view of it, so whoever wants other columns than another is
 * refused. Where the view is there already, writing a row is all there is to it: no right to make views is needed.
 *
 * Whoever joins and whoever changes the view do not wait for each other. Each writes what it wants first, marked, and looks
 * what the others want then: of two that want different things, at least one sees the other. The one that joins gives way.
 * The one that changes the view deletes the marked records of others, so that nobody joins unseen what is about to change:
 * taking its own mark away tells a joiner whether it did.
 * @throws StoreError `conflict` when another tenant uses the shape with other columns
 */
export async function shareShape(uses: ShapeUses, name: string, wanted: ShapeUse): Promise<void> {
  // As a process does that starts again: there may be thousands of tenants, each of which does.
  if (isSettled(await uses.of(wanted.tenant), wanted)) return
  for (let look = 1; ; look++) {
    const found = await uses.all()
    if (isSettled(ownOf(found, wanted), wanted)) return
    refuseOtherColumns(name, found, wanted)
    const others = found.filter(({ tenant }) => tenant !== wanted.tenant)
    const there = others.some((use) => isSettled(use, wanted))
    // Others of whom none has the view are about to define it. A mark that stays is that of a call that died.
    const alone = look > LOOKS || others.length === 0
    const done = alone
      ? await uses.alone((own) => make(own, name, wanted))
      : there && (await join(uses, name, wanted, ownOf(found, wanted)))
    if (done) return
    await sleep(PAUSE * Math.random())
  }
}

/** @throws StoreError `conflict` */
export function refuseOtherColumns(name: string, uses: readonly ShapeUse[], { tenant, columns }: ShapeUse): void {
  if (uses.some((use) => use.tenant !== tenant && use.defining === undefined && use.columns !== columns))
    throw new StoreError('conflict', `another tenant uses the shape ${name} with other columns; rename yours`)
}

/** False when somebody was about to change the view, and then all must be looked at anew. */
async function join(uses: ShapeUses, name: string, wanted: ShapeUse, before?: ShapeUse): Promise<boolean> {
  const mark = newId()
  await uses.put({ ...wanted, defining: mark })
  const others = (await uses.all()).filter(({ tenant }) => tenant !== wanted.tenant)
  if (others.some((use) => isSettled(use, wanted)) && (await uses.settle(wanted.tenant, mark))) return true
  const restored = uses.restore(wanted.tenant, mark, before)
  await restored.catch(() => undefined)
  refuseOtherColumns(name, others, wanted)
  await restored
  return false
}

/** Makes the view, unless others have it. False when somebody else began to do the same, because this took too long. */
async function make(uses: ShapeUses, name: string, wanted: ShapeUse): Promise<boolean> {
  const before = ownOf(await uses.all(), wanted)
  if (isSettled(before, wanted)) return true
  const mark = newId()
  await uses.put({ ...wanted, defining: mark })
  await uses.dropOthers(mark)
  try {
    const found = await uses.all()
    refuseOtherColumns(name, found, wanted)
    if (!found.some((use) => isSettled(use, wanted))) await uses.makeView()
  } catch (error) {
    // After any other failure nobody knows what the view is: the mark stays, and the next call makes it anew. So it does
    // where nothing can be put back, and why the view was refused is what its caller can mend.
    if (StoreError.is(error)) await uses.restore(wanted.tenant, mark, before).catch(() => undefined)
    throw error
  }
  return uses.settle(wanted.tenant, mark)
}

function ownOf(uses: readonly ShapeUse[], { tenant }: ShapeUse): ShapeUse | undefined {
  return uses.find((use) => use.tenant === tenant)
}

function isSettled(use: ShapeUse | undefined, { columns }: ShapeUse): boolean {
  return use !== undefined && use.defining === undefined && use.columns === columns
}
