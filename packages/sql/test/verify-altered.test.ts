import { inspect } from 'node:util'
import type { Storage } from '@freehold/contract'
import { expect } from 'vitest'
import { AppendsByTenant } from '../src/append-entries.js'
import { SqlAudit } from '../src/audit.js'
import { Database as Db } from '../src/database.js'
import type { Row } from '../src/dialects/dialect.js'
import { dialectOf } from '../src/dialects/index.js'
import type { Database } from './engines.js'
import { describeEngines } from './on-engines.js'

const SECRET = 'the secret of Maria'
const DATA = { amount: 2 ** 53, note: 'x' }

/** One that JavaScript reads as the other. */
const ANOTHER_NUMBER = `data = '{"amount":9007199254740993,"note":"x"}'`

/** What other hands set a column to, which decoding passes over or cannot read, by engine. */
const OF_TEXT = [`data = '${SECRET}'`, `data = '{"amount":1,"amount":9007199254740992,"note":"x"}'`, ANOTHER_NUMBER]
const ALTERED: Record<string, string[]> = {
  SQLite: [...OF_TEXT, `time = '${SECRET}'`, `time = substr(time, 1, 26) || '+09:00'`, `time = '2026-11-29'`],
  MariaDB: OF_TEXT,
  MySQL: [ANOTHER_NUMBER],
  PostgreSQL: [ANOTHER_NUMBER, `time = 'infinity'`],
  'PostgreSQL 15': [ANOTHER_NUMBER, `time = '-infinity'`],
}

const append = ({ audit }: Storage, n: number) =>
  audit.append([{ id: `e${n}`, actor: 'ada', action: 'pay', data: DATA }])

async function tamper({ prompt }: Database, sql: string): Promise<void> {
  for (const statement of prompt.dropTriggers) await prompt.query(statement)
  await prompt.query(sql)
}

describeEngines((it, { name }) => {
  it.for(ALTERED[name] ?? [])('an entry whose %s is found', async (set, { database, storage }) => {
    for (const n of [1, 2, 3]) await append(storage, n)
    await tamper(database, `update freehold_audit set ${set} where seq = 2`)
    expect(await storage.audit.verify()).toMatchObject({ status: 'tampered', found: 'modified', seq: 2 })
  })

  it('an entry that stands before the first place is found', async ({ database, storage }) => {
    await append(storage, 1)
    const columns = 'tenant, stream, time, actor, action, hashed_text'
    const others = `'${'f'.repeat(64)}', '${'e'.repeat(64)}', ${columns} from freehold_audit where seq = 1`
    await tamper(
      database,
      `insert into freehold_audit (id, seq, previous_hash, hash, ${columns}) select 'forged', 0, ${others}`,
    )
    expect(await storage.audit.verify()).toMatchObject({ status: 'tampered', found: 'reordered', seq: 0 })
  })

  it('numbers of every size are those that were hashed', async ({ storage }) => {
    const numbers = Array.from({ length: 500 }, () => (Math.random() - 0.5) * 10 ** (Math.random() * 600 - 300))
    const whole = [0, -1, 2 ** 53 - 1, 2 ** 60, 1e21, 5e-324, 1.7976931348623157e308]
    await storage.audit.append([{ actor: 'ada', action: 'a', data: { numbers, whole, text: '"a":1,"a":2' } }])
    expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 1 })
  })

  it('a chain of very different sizes is read in pages of at most 8 MB', async ({ database, storage }) => {
    const large = (n: number) => ({ actor: 'ada', action: `large ${n}`, data: { text: 'x'.repeat(3_000_000) } })
    await storage.audit.append(Array.from({ length: 30 }, (_, n) => ({ actor: 'ada', action: `small ${n}` })))
    for (const n of [1, 2, 3, 4]) await storage.audit.append([large(n)])
    await append(storage, 1)
    const dialect = dialectOf(database.url)
    const db = new Db(dialect.connect(database.url, { create: false }), dialect, 'freehold_')
    const pages: number[] = []
    db.knex.on('query-response', (response: unknown) => {
      const texts = [response].flat(2).map((row) => (row as Row | undefined)?.hashed_text)
      const size = texts.filter((text) => typeof text === 'string').join('').length
      if (size > 0) pages.push(size)
    })
    const verified = await new SqlAudit(db, 'default', new Map(), new AppendsByTenant(db)).verify()
    await db.knex.destroy()
    expect(verified).toMatchObject({ status: 'ok', entries: 35 })
    expect(pages).toHaveLength(2)
    expect(Math.max(...pages)).toBeLessThan(8_000_000)
  })

  if (name === 'SQLite')
    it('what cannot be read is told of reading, without a word of it', async ({ database, storage }) => {
      await append(storage, 1)
      await tamper(database, `update freehold_audit set data = '${SECRET}'`)
      const { audit } = storage
      for (const reading of [() => audit.get('e1'), () => audit.read(), () => audit.read({ stream: 'main' })]) {
        const failure: unknown = await reading().catch((error: unknown) => error)
        expect(failure).toMatchObject({ name: 'StoreError', code: 'internal', retryable: false })
        expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain('Maria')
      }
    })
})
