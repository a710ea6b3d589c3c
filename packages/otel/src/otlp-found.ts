/** What could not be read, and where: `resourceSpans[0].scopeSpans[1].spans[7]`, after a document's place if many. */
export interface OtlpProblem {
  path: string
  /** Names the field and what it must be; never holds a value. */
  reason: string
}

/** Most warnings that are told one by one: each of a document may be one, and has a path longer than what it is about. */
const MOST = 1_000

/**
 * Gathers warnings. A warning begins with the path from where it was found; whoever knows what comes before puts it in front
 * of those that came in meanwhile. So a path costs nothing where there is no warning.
 */
export class Found {
  readonly #warnings: OtlpProblem[] = []
  #others = 0

  get count(): number {
    return this.#warnings.length + this.#others
  }

  /** The first thousand, and how many others there are. */
  get warnings(): OtlpProblem[] {
    if (this.#others === 0) return this.#warnings
    return [...this.#warnings, { path: 'document', reason: `has ${this.#others} other warnings; ${MOST} are told` }]
  }

  warn(path: string, reason: string): void {
    if (this.#warnings.length < MOST) this.#warnings.push({ path, reason })
    else this.#others += 1
  }

  /** Takes back the warnings from number `from`. */
  forget(from: number): void {
    this.#others = Math.max(0, from - this.#warnings.length)
    if (from < this.#warnings.length) this.#warnings.length = from
  }

  /** Puts `path` in front of the warnings from number `from`. */
  prefix(from: number, path: string): void {
    for (const warning of this.#warnings.slice(from)) warning.path = path + warning.path
  }

  /** Reads what lies at `path`. */
  at<T>(path: string, read: () => T): T {
    const before = this.count
    const value = read()
    if (this.count > before) this.prefix(before, path)
    return value
  }
}
