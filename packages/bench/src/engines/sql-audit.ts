import { canonicalText, hashOf } from './chain.js'
import type { Connection, Driver } from './driver.js'
import type { NewEntry } from './hand-written.js'

const STREAM = ['default', 'main']
const COLUMNS = [
  'tenant',
  'stream',
  'seq',
  'id',
  'time',
  'actor',
  'action',
  'target',
  'outcome',
  'run_id',
  'previous_hash',
  'hash',
  'data',
  'hashed_text',
]
const INSERT_ONE = `insert into freehold_audit (${COLUMNS.join(', ')}) values (${COLUMNS.map(() => '?').join(', ')})`

/** Entries of one SELECT while a chain is verified. */
const PAGE = 1000

export class SqlAudit {
  constructor(private readonly driver: Driver) {}

  append(entries: readonly NewEntry[]): Promise<void> {
    return this.driver.transaction(async (connection) => {
      const [head] = await connection.all(
        `select seq, hash from freehold_audit_heads where tenant = ? and stream = ?${this.driver.forUpdate}`,
        STREAM,
      )
      const before = Number(head!.seq)
      let hash = head!.hash as string
      const values = entries.map((entry, i) => {
        const row = this.link(entry, before + i + 1, hash)
        hash = row.hash
        return row.values
      })
      await insert(connection, values)
      await connection.run(
        'update freehold_audit_heads set seq = ?, hash = ? where tenant = ? and stream = ? and seq = ?',
        [before + entries.length, hash, ...STREAM, before],
      )
    })
  }

  async verify(): Promise<number> {
    let seq = 0
    let hash = '0'.repeat(64)
    for (;;) {
      const rows = await this.driver.read((connection) =>
        connection.all(
          // A range with both ends: MySQL reads one with a LIMIT by another index, and sorts all the rest of the chain.
          `select seq, previous_hash, hash, hashed_text from freehold_audit
           where tenant = ? and stream = ? and seq > ? and seq <= ? order by seq`,
          [...STREAM, seq, seq + PAGE],
        ),
      )
      if (rows.length === 0) return seq
      for (const row of rows) {
        seq += 1
        const linked = Number(row.seq) === seq && row.previous_hash === hash
        hash = hashOf(hash, row.hashed_text as string)
        if (!linked || row.hash !== hash) throw new Error(`the chain is broken at ${seq}`)
      }
    }
  }

  private link(entry: NewEntry, seq: number, previous: string): { hash: string; values: unknown[] } {
    const text = canonicalText(entry, seq)
    const hash = hashOf(previous, text)
    const { id, time, actor, action, target, outcome, runId, data } = entry
    const told = [id, this.driver.time(time), actor, action, target, outcome, runId]
    return { hash, values: [...STREAM, seq, ...told, previous, hash, JSON.stringify(data), text] }
  }
}

function insert(connection: Connection, values: readonly (readonly unknown[])[]): Promise<unknown> {
  if (values.length === 1) return connection.run(INSERT_ONE, values[0])
  return connection.insert('freehold_audit', { columns: COLUMNS, values })
}
