import type { Json, JsonObject } from '@freehold/contract'

/** Names of more parts stay as they are. */
const MOST_PARTS = 12

/**
 * `message.role` and `message.tool_calls.0.id` are `{ message: { role, tool_calls: [{ id }] } }`: parts that are all numbers, and not
 * all of them large as years are, name the items of a list, whose gaps are closed. What stands in the way of another, such as `a` of `a.b`, keeps its whole name, with a dot behind it
 * where that is taken.
 */
export function nested(entries: readonly (readonly [name: string, value: Json])[]): JsonObject {
  const root: Branch = new Map()
  for (const [name, value] of entries) {
    const parts = name.split('.')
    if (parts.length <= MOST_PARTS && put(root, parts, value)) continue
    let free = name
    while (root.has(free)) free += '.'
    root.set(free, { value })
  }
  return Object.fromEntries([...root].map(([name, node]) => [name, jsonOf(node)]))
}

type Branch = Map<string, Leaf | Branch>
interface Leaf {
  value: Json
}

/** @returns whether there was a place for it */
function put(branch: Branch, [first, ...rest]: readonly string[], value: Json): boolean {
  const held = branch.get(first!)
  if (rest.length === 0) {
    if (held !== undefined) return false
    branch.set(first!, { value })
    return true
  }
  if (held !== undefined && !(held instanceof Map)) return false
  const inner: Branch = held ?? new Map()
  if (!put(inner, rest, value)) return false
  branch.set(first!, inner)
  return true
}

function jsonOf(node: Leaf | Branch): Json {
  if (!(node instanceof Map)) return node.value
  const names = [...node.keys()]
  if (names.every((name) => /^(0|[1-9]\d{0,5})$/.test(name)) && names.some((name) => Number(name) < names.length))
    return names.sort((a, b) => Number(a) - Number(b)).map((name) => jsonOf(node.get(name)!))
  return Object.fromEntries([...node].map(([name, inner]) => [name, jsonOf(inner)]))
}
