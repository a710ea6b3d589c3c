import { type Span, type SpanNode, treeOf } from '@freehold/contract'
import { expect, test } from 'vitest'

const id = (n: number) => n.toString(16).padStart(16, '0')

function span(n: number, parent?: number, startedAt = n): Span {
  return {
    traceId: '1'.padStart(32, '0'),
    spanId: id(n),
    ...(parent === undefined ? {} : { parentId: id(parent) }),
    name: `span ${n}`,
    kind: 'other',
    status: 'ok',
    startedAt,
  }
}

/** `1(2 3(4))`: each node by its number, a synthetic one in brackets. */
function drawn(nodes: readonly SpanNode[]): string {
  return nodes
    .map((node) => {
      const number = Number.parseInt(node.spanId, 16)
      const children = node.children.length === 0 ? '' : `(${drawn(node.children)})`
      return `${node.span === undefined ? `[${number}]` : number}${children}`
    })
    .join(' ')
}

test('children stand under their parents, by start', () => {
  expect(drawn(treeOf([span(1), span(4, 3), span(3, 1), span(2, 1)]))).toBe('1(2 3(4))')
})

test('siblings of one start are ordered by span id', () => {
  expect(drawn(treeOf([span(1), span(3, 1, 5), span(2, 1, 5)]))).toBe('1(2 3)')
})

test('orphans of one parent share one synthetic root', () => {
  expect(drawn(treeOf([span(2, 9), span(3, 9)]))).toBe('[9](2 3)')
})

test('a remote parent does not hide the root', () => {
  expect(drawn(treeOf([span(1, 99), span(2, 1)]))).toBe('[99](1(2))')
})

test('a cycle is cut at its earliest span and hides nothing', () => {
  expect(drawn(treeOf([span(1, 3), span(2, 1), span(3, 2)]))).toBe('1(2(3))')
})

test('a cycle is cut at its earliest span, wherever one comes into it', () => {
  expect(drawn(treeOf([span(1, 3), span(2, 3), span(3, 2)]))).toBe('2(3(1))')
  expect(drawn(treeOf([span(1, 4), span(2, 3), span(3, 4), span(4, 2)]))).toBe('2(4(1 3))')
})

test('one cycle is cut once, however many hang from it', () => {
  expect(drawn(treeOf([span(1, 5), span(2, 4), span(3, 4), span(4, 5), span(5, 4)]))).toBe('4(2 3 5(1))')
})

test('what hangs from a parent that is not there has no cycle', () => {
  expect(drawn(treeOf([span(1, 9), span(2, 1), span(3, 9)]))).toBe('[9](1(2) 3)')
})

test('a span that is its own parent is a root', () => {
  expect(drawn(treeOf([span(1, 1)]))).toBe('1')
})

test('a span that hangs from a cycle is kept', () => {
  expect(drawn(treeOf([span(5, 2), span(2, 3), span(3, 2), span(1, 5, 0)]))).toBe('2(3 5(1))')
})

test('a chain of 20,000 spans is a tree', () => {
  const chain = Array.from({ length: 20_000 }, (_, n) => span(n + 1, n === 0 ? undefined : n))
  let depth = 0
  for (let nodes = treeOf(chain); nodes.length > 0; nodes = nodes[0]!.children) depth++
  expect(depth).toBe(20_000)
})

const MANY = 50_000

test.each<[shape: string, parent: (n: number) => number | undefined, roots: number]>([
  ['a chain', (n) => (n === 1 ? undefined : n - 1), 1],
  ['a chain told backwards', (n) => (n === MANY ? undefined : n + 1), 1],
  ['a star', (n) => (n === 1 ? undefined : 1), 1],
  ['a cycle', (n) => (n === 1 ? MANY : n - 1), 1],
  ['pairs that name each other', (n) => (n % 2 === 0 ? n - 1 : n + 1), MANY / 2],
  ['spans that are their own parents', (n) => n, MANY],
  ['orphans of as many parents', (n) => MANY + n, MANY],
  ['spans without a parent', () => undefined, MANY],
])('of %s of 50,000 spans a tree is made as fast as of any', (_, parent, roots) => {
  // Of one start, so that ids alone decide. What takes a square of them takes minutes.
  expect(treeOf(Array.from({ length: MANY }, (_, i) => span(i + 1, parent(i + 1), 1)))).toHaveLength(roots)
})

test('no spans are no trees', () => {
  expect(treeOf([])).toEqual([])
})
