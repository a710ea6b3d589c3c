import { describe, expect, test } from 'vitest'
import { queueOf } from '../src/rules/queue.js'

const tool = (name: string, depth: number, oldest = 1) => ({ tool: name, depth, oldest })

describe('the queue', () => {
  test('of nothing has no oldest', () => {
    expect(queueOf([])).toEqual({ depth: 0, byTool: [] })
  })

  test('adds up what waits for each tool, since the first of them', () => {
    expect(queueOf([tool('a', 2, 7), tool('b', 3, 5), tool('c', 1, 6)])).toMatchObject({ depth: 6, oldest: 5 })
  })

  test('may wait since the beginning of time', () => {
    expect(queueOf([tool('a', 1, 0)])).toMatchObject({ oldest: 0 })
  })

  test.each([
    ['the deepest first', [tool('a', 1), tool('b', 10), tool('c', 9)], ['b', 'c', 'a']],
    [
      'then by name, code unit by code unit',
      [tool('b', 1), tool('B', 1), tool('', 1), tool('a', 1)],
      ['', 'B', 'a', 'b'],
    ],
  ])('has %s', (_, tools, names) => {
    expect(queueOf(tools).byTool.map((one) => one.tool)).toEqual(names)
  })

  test('leaves what it was given', () => {
    const tools = [tool('a', 1), tool('b', 2)]
    queueOf(tools)
    expect(tools.map((one) => one.tool)).toEqual(['a', 'b'])
  })
})
