import { groupBy, LOOKED_AT, type Timestamp } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { UNSETTLED } from './rows/approvals.js'
import { type Consumer, consumers, type OpenApproval, relays } from './rows/relay.js'

interface ApprovalKey {
  tenant: string
  id: string
}

/** Rows of some approvals, by the key of each: one range for each tenant. */
export function whereThese(rows: Knex.QueryBuilder, column: string, keys: readonly ApprovalKey[]): Knex.QueryBuilder {
  return whereAny(rows, keys, ({ tenant }) => ({ tenant }), column)
}

/** The same, of those that have the version which was read. */
function whereUnmoved(rows: Knex.QueryBuilder, open: readonly OpenApproval[]): Knex.QueryBuilder {
  return whereAny(rows, open, ({ tenant, version }) => ({ tenant, version }), 'id')
}

function whereAny<K extends ApprovalKey>(
  rows: Knex.QueryBuilder,
  keys: readonly K[],
  alike: (key: K) => Row,
  column: string,
): Knex.QueryBuilder {
  const groups = groupBy(keys, (key) => JSON.stringify(alike(key)))
  return rows.where((any) => {
    for (const group of groups.values()) {
      const ids = group.map(({ id }) => id)
      any.orWhere((one) => one.where(alike(group[0]!)).whereIn(column, ids))
    }
  })
}

/**
 * Makes what happened to approvals wait for every consumer, and then closes them, unless something happened to them meanwhile.
 * Who the consumers are is read after the approvals were: whoever registers later is to hear of nothing before, or looks for it.
 */
export async function handOut(db: Database, open: readonly OpenApproval[], clock: Timestamp): Promise<void> {
  const all: Row[] = await db.read((knex) => knex(db.table('approval_consumers')).select(consumers.columns))
  const known = all.map((row) => consumers.fromRow(db.dialect, row))
  if (known.length === 0) return
  const passed = await passedOver(db, known, open)
  const wanting = known.flatMap((consumer) =>
    open.map((approval) => waiting(consumer, approval, passed(consumer, approval), clock)),
  )
  const rows = wanting.filter(({ seq, wanted }) => seq < wanted)
  await db.transaction(async (trx) => {
    await makeWait(db, trx, rows, clock)
    await whereUnmoved(trx(db.table('approvals')), open).update({ settled: trx.ref('version') } as never)
  })
}

/** Goes on looking for what happened before a consumer registered. Resolves to whether there may be more. */
export async function lookBack(db: Database, consumer: Consumer, clock: Timestamp): Promise<boolean> {
  const { name, id, walkedTenant: tenant, walkedId } = consumer
  if (tenant === undefined || walkedId === undefined) return false
  const approvals = (knex: Knex) => knex(db.table('approvals'))
  return db.transaction(async (trx) => {
    const found: Row[] = await approvals(trx)
      .select('id', 'version')
      .where({ tenant })
      .where('id', '>', walkedId)
      .orderBy('id')
      .limit(LOOKED_AT)
    const rows = found.map((row) => {
      const approval = { tenant, id: row.id as string, version: db.dialect.fromInteger(row.version) }
      return waiting(consumer, approval, 0, clock)
    })
    await insert(db, trx, rows)
    const last = rows.at(-1)
    const isLast = found.length < LOOKED_AT
    const next: Row | undefined = isLast
      ? await approvals(trx).where('tenant', '>', tenant).min({ tenant: 'tenant' }).first()
      : undefined
    const walked = isLast
      ? { tenant: next?.tenant ?? null, id: next?.tenant ? '' : null }
      : { tenant, id: last!.approvalId }
    await trx(db.table('approval_consumers'))
      .where({ name, id, walked_tenant: tenant, walked_id: walkedId })
      .update({ walked_tenant: walked.tenant, walked_id: walked.id } as never)
    return walked.tenant !== null
  })
}

/** Opens what a process of the build before changed since it was handed out: it leaves the mark of that where it was. */
export async function reopen(db: Database): Promise<void> {
  const approvals = (knex: Knex) => knex(db.table('approvals'))
  let version = -1
  for (;;) {
    // One version after the other, so that an index leads to what has moved on.
    const next: Row | undefined = await db.read((knex) =>
      approvals(knex).where('settled', '>', version).min({ settled: 'settled' }).first(),
    )
    if (next?.settled === null || next?.settled === undefined) return
    version = db.dialect.fromInteger(next.settled)
    for (;;) {
      const moved: Row[] = await db.read((knex) =>
        approvals(knex)
          .select('tenant', 'id')
          .where({ settled: version })
          .where('version', '>', version)
          .limit(LOOKED_AT),
      )
      if (moved.length > 0)
        await db.transaction(async (trx) =>
          whereThese(approvals(trx), 'id', moved as unknown as ApprovalKey[]).update(UNSETTLED as never),
        )
      if (moved.length < LOOKED_AT) break
    }
  }
}

function waiting({ id }: Consumer, approval: Omit<OpenApproval, 'requestedAt'>, seq: number, nextAt: Timestamp) {
  const { tenant, id: approvalId, version: wanted } = approval
  return { consumer: id, tenant, approvalId, seq, wanted, nextAt, attempts: 0 }
}

type Waiting = ReturnType<typeof waiting>

function insert(db: Database, trx: Knex, rows: readonly Waiting[]): Promise<number> {
  return db.insertNew(
    trx,
    'approval_relays',
    rows.map((row) => relays.toRow(db.dialect, row)),
  )
}

/** New rows, and those that are there with what is wanted now: never less than before, whoever hands out at the same time. */
async function makeWait(db: Database, trx: Knex, rows: readonly Waiting[], clock: Timestamp): Promise<void> {
  if (rows.length === 0 || (await insert(db, trx, rows)) === rows.length) return
  const { dialect } = db
  const [mine, approvals] = [db.table('approval_relays'), db.table('approvals')].map(dialect.quote)
  const version = `(select a.version from ${approvals} a where a.tenant = ${mine}.tenant and a.id = ${mine}.approval_id)`
  const keys = new Map(rows.map(({ tenant, approvalId: id }) => [JSON.stringify([tenant, id]), { tenant, id }]))
  const known = trx(db.table('approval_relays')).whereIn('consumer', [...new Set(rows.map(({ consumer }) => consumer))])
  await whereThese(known, 'approval_id', [...keys.values()])
    .whereRaw(`wanted < ${version}`)
    .update({
      wanted: trx.raw(version),
      next_at: trx.raw(`case when seq < ${version} then coalesce(next_at, ?) end`, [
        dialect.toTime(clock) as Knex.Value,
      ]),
    } as never)
}

/** Up to which event a consumer passes an approval over, because it came after that. */
async function passedOver(db: Database, known: readonly Consumer[], open: readonly OpenApproval[]) {
  const late = known.filter(({ start }) => start === 'now')
  const old = open.filter(({ requestedAt }) => late.some(({ since }) => requestedAt < since))
  const passed = new Map<string, number>()
  if (old.length > 0) {
    const rows = await db.read<Row[]>((knex) =>
      whereThese(knex(db.table('approval_events')), 'approval_id', old)
        .select('tenant', 'approval_id')
        .select(
          late.map(({ since }, i) => {
            const values = ['at', db.dialect.toTime(since), 'seq', `c${i}`]
            return knex.raw('max(case when ?? < ? then ?? else 0 end) as ??', values as Knex.Value[])
          }),
        )
        .groupBy('tenant', 'approval_id'),
    )
    for (const row of rows)
      for (const [i, { id }] of late.entries())
        passed.set(JSON.stringify([id, row.tenant, row.approval_id]), db.dialect.fromInteger(row[`c${i}`]))
  }
  return (consumer: Consumer, { tenant, id }: OpenApproval) =>
    passed.get(JSON.stringify([consumer.id, tenant, id])) ?? 0
}
