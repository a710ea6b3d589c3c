/** What is made for each key when it is first asked for. What was used least of late is forgotten where there are too many. */
export class LastUsed<V> {
  /** Those of late last. */
  private readonly values = new Map<string, V>()

  constructor(
    private readonly most: number,
    private readonly make: (key: string) => V,
  ) {}

  of(key: string): V {
    const own = this.values.get(key) ?? this.make(key)
    this.values.delete(key)
    this.values.set(key, own)
    if (this.values.size > this.most) this.values.delete(this.values.keys().next().value!)
    return own
  }
}
