import type { Driver } from './driver.js'
import type { NewRun } from './hand-written.js'

const COLUMNS = [
  'tenant',
  'id',
  'session_id',
  'seq',
  'type',
  'agent_id',
  'user_id',
  'provider',
  'model',
  'status',
  'usage',
  'started_at',
  'ended_at',
  'input',
  'output',
  'messages',
]

/** Rows of one statement of a large load. */
const LOAD = 50

export class SqlSessions {
  private readonly insertOne: string

  constructor(private readonly driver: Driver) {
    // `usage` is a reserved word of MySQL.
    const names = COLUMNS.map((column) => driver.quote(column)).join(', ')
    this.insertOne = `insert into freehold_runs (${names}) values (${COLUMNS.map(() => '?').join(', ')})`
  }

  append(run: NewRun): Promise<void> {
    return this.driver.transaction(async (connection) => {
      const [session] = await connection.all(
        `select runs from freehold_sessions where tenant = ? and id = ?${this.driver.forUpdate}`,
        ['default', run.sessionId],
      )
      const seq = Number(session!.runs) + 1
      await connection.run(this.insertOne, this.valuesOf(run, seq))
      await connection.run('update freehold_sessions set runs = ?, updated_at = ? where tenant = ? and id = ?', [
        seq,
        this.driver.time(Date.now()),
        'default',
        run.sessionId,
      ])
    })
  }

  async load(sessionId: string, runs: readonly NewRun[]): Promise<void> {
    for (let at = 0; at < runs.length; at += LOAD) {
      const values = runs.slice(at, at + LOAD).map((run, i) => this.valuesOf(run, at + i + 1))
      await this.driver.transaction((connection) => connection.insert('freehold_runs', { columns: COLUMNS, values }))
    }
    await this.driver.transaction((connection) =>
      connection.run('update freehold_sessions set runs = ? where tenant = ? and id = ?', [
        runs.length,
        'default',
        sessionId,
      ]),
    )
  }

  private valuesOf(run: NewRun, seq: number): unknown[] {
    return [
      'default',
      run.id,
      run.sessionId,
      seq,
      run.type,
      run.agentId,
      run.userId,
      run.provider,
      run.model,
      run.status,
      JSON.stringify(run.usage),
      this.driver.time(run.startedAt),
      this.driver.time(run.endedAt!),
      JSON.stringify(run.input),
      JSON.stringify(run.output),
      JSON.stringify(run.messages),
    ]
  }
}
