/** A name without the schema before it: that of an index or a trigger, which lie where their table does. */
export function bareName(name: string): string {
  return name.slice(name.indexOf('.') + 1)
}
