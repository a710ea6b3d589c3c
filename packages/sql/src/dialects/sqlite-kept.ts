/** What a connection keeps of statements, counted in their values: a batch of spans has some 18,000. */
const MOST_VALUES = 50_000
/** What a statement without values counts for. */
const OWN_WEIGHT = 100

/** Compiled statements of one connection by their text, those of late last. */
class KeptStatements<S> {
  private readonly statements = new Map<string, { compiled: S; weight: number }>()
  private weight = 0

  constructor(private readonly release: (compiled: S) => Promise<void>) {}

  take(sql: string): S | undefined {
    const known = this.statements.get(sql)
    if (known === undefined) return undefined
    this.statements.delete(sql)
    this.statements.set(sql, known)
    return known.compiled
  }

  async keep(sql: string, compiled: S, values: number): Promise<void> {
    const weight = OWN_WEIGHT + values
    this.statements.set(sql, { compiled, weight })
    this.weight += weight
    while (this.weight > MOST_VALUES && this.statements.size > 1) await this.drop(this.statements.keys().next().value!)
  }

  async dropAll(): Promise<void> {
    for (const sql of this.statements.keys()) await this.drop(sql)
  }

  private async drop(sql: string): Promise<void> {
    const { compiled, weight } = this.statements.get(sql)!
    this.statements.delete(sql)
    this.weight -= weight
    await this.release(compiled)
  }
}

/** What each connection keeps. Not of a client: that of a transaction is another than that of its pool. */
export function keptStatements<S>(release: (compiled: S) => Promise<void>): (connection: object) => KeptStatements<S> {
  const kept = new WeakMap<object, KeptStatements<S>>()
  return (connection) => {
    const known = kept.get(connection)
    if (known !== undefined) return known
    const own = new KeptStatements(release)
    kept.set(connection, own)
    return own
  }
}
