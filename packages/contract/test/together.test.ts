import { describe, expect, test } from 'vitest'
import { Together } from '../src/rules/together.js'

class Outage extends Error {}

/** Work that notes what it was given, fails on `bad`, and whose database goes away before piece number `outageAt`. */
function working({ outageAt = Number.POSITIVE_INFINITY, share = 0.25 } = {}) {
  const pieces: string[][] = []
  const together = new Together<string, string>({
    async work(items) {
      pieces.push([...items])
      await new Promise(setImmediate)
      if (pieces.length >= outageAt) throw new Outage()
      if (items.includes('bad')) throw new RangeError('bad')
      return items.map((item) => `${item}!`)
    },
    ofAll: (error) => error instanceof Outage,
    share: () => share,
  })
  return { together, pieces }
}

const outcomes = (promises: readonly Promise<string>[]) =>
  Promise.allSettled(promises).then((all) =>
    all.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).constructor.name)),
  )

describe('what is asked for together', () => {
  test('is done in pieces that have room for it, in order', async () => {
    const { together, pieces } = working()
    const all = ['a', 'b', 'c', 'd', 'e', 'f'].map((item) => together.do(item))
    expect(await outcomes(all)).toEqual(['a!', 'b!', 'c!', 'd!', 'e!', 'f!'])
    expect(pieces).toEqual([
      ['a', 'b', 'c', 'd'],
      ['e', 'f'],
    ])
  })

  test('goes by itself where it needs more room than there is', async () => {
    const { together, pieces } = working({ share: 2 })
    await Promise.all(['a', 'b'].map((item) => together.do(item)))
    expect(pieces).toEqual([['a'], ['b']])
  })

  test('fails by itself where the cause may be its own', async () => {
    const { together, pieces } = working()
    expect(await outcomes(['a', 'bad', 'c'].map((item) => together.do(item)))).toEqual(['a!', 'RangeError', 'c!'])
    expect(pieces).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c']])
  })

  test('fails at once where the cause is that of all', async () => {
    const { together, pieces } = working({ outageAt: 1 })
    expect(await outcomes(['a', 'b', 'c'].map((item) => together.do(item)))).toEqual(['Outage', 'Outage', 'Outage'])
    expect(pieces).toHaveLength(1)
  })

  test('fails at once for the rest where the cause comes to be that of all', async () => {
    const { together, pieces } = working({ outageAt: 3 })
    const all = ['a', 'bad', 'c', 'd'].map((item) => together.do(item))
    expect(await outcomes(all)).toEqual(['a!', 'Outage', 'Outage', 'Outage'])
    expect(pieces).toHaveLength(3)
  })

  test('works again after it failed', async () => {
    const { together, pieces } = working()
    expect(await outcomes([together.do('bad')])).toEqual(['RangeError'])
    expect(await together.do('a')).toBe('a!')
    expect(pieces).toEqual([['bad'], ['a']])
  })
})
