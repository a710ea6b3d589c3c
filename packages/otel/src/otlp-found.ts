/** What could not be read, and where: `resourceSpans[0].scopeSpans[1].spans[7]`, after a document's place if many. */
export interface OtlpProblem {
  path: string
  /** Names the field and what it must be; never holds a value. */
  reason: string
}

/**
 * Gathers warnings. A warning begins with the path from where it was found; whoever knows what comes before puts it in front
 * of those that came in meanwhile. So a path costs nothing where there is no warning.
 */
export class Found {
  readonly warnings: OtlpProblem[] = []

  get count(): number {
    return this.warnings.length
  }

  warn(path: string, reason: string): void {
    this.warnings.push({ path, reason })
  }

  /** Puts `path` in front of the warnings from number `from`. */
  prefix(from: number, path: string): void {
    for (let i = from; i < this.warnings.length; i++) this.warnings[i]!.path = path + this.warnings[i]!.path
  }

  /** Reads what lies at `path`. */
  at<T>(path: string, read: () => T): T {
    const before = this.count
    const value = read()
    if (this.count > before) this.prefix(before, path)
    return value
  }
}
