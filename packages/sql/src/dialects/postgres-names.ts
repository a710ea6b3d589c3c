/** A name of ours, with its schema or without. */
export function quote(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')
}
