import { expect, test } from 'vitest'
import { Together } from '../src/rules/together.js'

/** Work that notes its pieces, whose items are their own share, and which waits until it is let go. */
function turns() {
  const pieces: number[][] = []
  const going: (() => void)[] = []
  const together = new Together<number, number>({
    async work(items) {
      pieces.push([...items])
      await new Promise<void>((resolve) => going.push(resolve))
      return items
    },
    ofAll: () => false,
    share: (item) => item,
  })
  const go = async () => {
    going.shift()?.()
    await new Promise(setImmediate)
  }
  return { together, pieces, go }
}

test.each([
  ['as many as have room', [0.5, 0.5, 0.5], [[0.5, 0.5], [0.5]]],
  ['room is all there is', [0.5, 0.25, 0.25, 0.001], [[0.5, 0.25, 0.25], [0.001]]],
  ['what needs all of it goes by itself', [1, 0.001], [[1], [0.001]]],
  ['what needs more goes by itself', [1.5, 0.5], [[1.5], [0.5]]],
  ['what needs more does not join those before', [0.5, 1.5, 0.5], [[0.5], [1.5], [0.5]]],
  ['what needs nothing comes along', [1, 0, 0], [[1, 0, 0]]],
])('a piece of work is %s', async (_, items, pieces) => {
  const { together, pieces: done, go } = turns()
  const all = items.map((item) => together.do(item))
  await new Promise(setImmediate)
  for (const __ of items) await go()
  await Promise.all(all)
  expect(done).toEqual(pieces)
})

test('what comes while work is under way is done together in the next', async () => {
  const { together, pieces, go } = turns()
  const first = together.do(0)
  await new Promise(setImmediate)
  const later = [together.do(0.1), together.do(0.2)]
  await new Promise(setImmediate)
  expect(pieces).toEqual([[0]])
  await go()
  await go()
  await Promise.all([first, ...later])
  expect(pieces).toEqual([[0], [0.1, 0.2]])
})

test('what comes after all is done starts anew', async () => {
  const { together, pieces, go } = turns()
  for (const item of [0.1, 0.2]) {
    const one = together.do(item)
    await new Promise(setImmediate)
    await go()
    await one
  }
  expect(pieces).toEqual([[0.1], [0.2]])
})

test('an item waits until its piece of work begins', async () => {
  const { together, go } = turns()
  const waits = () => together.waits((item) => item === 0.2)
  const first = together.do(0.1)
  await new Promise(setImmediate)
  const seen = [waits()]
  const second = together.do(0.2)
  seen.push(waits())
  await go()
  seen.push(waits())
  await go()
  await Promise.all([first, second])
  expect(seen).toEqual([false, true, false])
})
