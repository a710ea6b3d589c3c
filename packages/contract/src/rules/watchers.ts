type Heard = (id: string) => void

/** Who is to be told of approvals that are no longer pending, by tenant. */
export class Watchers {
  private readonly byTenant = new Map<string, Set<{ heard: Heard }>>()

  get isEmpty(): boolean {
    return this.byTenant.size === 0
  }

  /** @returns what ends it */
  add(tenant: string, heard: Heard): () => void {
    const own = this.byTenant.get(tenant) ?? new Set()
    this.byTenant.set(tenant, own)
    const one = { heard }
    own.add(one)
    return () => {
      own.delete(one)
      if (own.size === 0 && this.byTenant.get(tenant) === own) this.byTenant.delete(tenant)
    }
  }

  /** What one of them throws must neither undo the decision nor end the process, and is told as a warning. */
  tell(tenant: string, id: string): void {
    for (const { heard } of this.byTenant.get(tenant) ?? [])
      try {
        heard(id)
      } catch {
        process.emitWarning('freehold: who watches approvals threw; mend the function that watch was given')
      }
  }
}
