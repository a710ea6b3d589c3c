import type { Json, JsonObject } from '@freehold/contract'

type Tree = Map<string, Tree | Json>

/**
 * Attributes that are numbered, such as `llm.input_messages.0.message.role`, as the list that they tell; undefined where there are
 * none, or a number is left out: what was there is not known.
 */
export function numbered(attributes: JsonObject, prefix: string): Json | undefined {
  const root: Tree = new Map()
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.startsWith(prefix) || value === undefined) continue
    put(root, name.slice(prefix.length).split('.'), value)
  }
  const list = root.size === 0 ? undefined : jsonOf(root)
  return Array.isArray(list) ? (list as Json) : undefined
}

function put(tree: Tree, [first, ...rest]: readonly string[], value: Json): void {
  if (rest.length === 0) {
    tree.set(first!, value)
    return
  }
  const held = tree.get(first!)
  const inner: Tree = held instanceof Map ? held : new Map()
  tree.set(first!, inner)
  put(inner, rest, value)
}

function jsonOf(node: Tree | Json): Json {
  if (!(node instanceof Map)) return node
  const names = [...node.keys()]
  const isWhole = names.every((name) => /^\d{1,6}$/.test(name) && Number(name) < names.length)
  if (isWhole) return names.sort((a, b) => Number(a) - Number(b)).map((name) => jsonOf(node.get(name)!))
  return Object.fromEntries([...node].map(([name, inner]) => [name, jsonOf(inner)]))
}
