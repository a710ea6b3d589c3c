import { describe, expect, it, vi } from 'vitest'
import { type ShapeUse, shareShape } from '../src/rules/share-shape.js'
import { Place } from './shape-place.js'

/** Of all pauses, how long they would be, in milliseconds. */
const pauses = vi.hoisted((): number[] => [])
// A pause is one turn of the event loop: who waits for whom is what these tests are about, not for how long.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => {
    pauses.push(ms)
    return new Promise(setImmediate)
  },
}))

/** Numbers that look random, and are the same in every run. */
function numbers(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state >>> 16
  }
}

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed)
const quick = () => 0

describe('a shape', () => {
  it('that nobody uses gets its view', async () => {
    const place = new Place(quick)
    await place.define('a', 'x')
    expect([place.view, ...place.rows.values()]).toEqual(['x', { tenant: 'a', columns: 'x' }])
  })

  it('whose view is there is joined by a row alone', async () => {
    const place = new Place(quick)
    await place.define('a', 'x')
    const uses = place.uses('x', (call) => (call === 'makeView' || call === 'dropOthers' ? 'before' : undefined))
    await shareShape({ ...uses, alone: () => expect.fail('alone') }, 'shape', { tenant: 'b', columns: 'x' })
    expect(place.rows.get('b')).toEqual({ tenant: 'b', columns: 'x' })
  })

  it('that is being defined is waited for by one who may not make its view', async () => {
    const place = new Place(quick)
    place.rows.set('a', { tenant: 'a', columns: 'x', defining: 'mark' })
    const joining = shareShape({ ...place.uses('x'), alone: () => expect.fail('alone') }, 'shape', {
      tenant: 'b',
      columns: 'x',
    })
    place.rows.set('a', { tenant: 'a', columns: 'x' })
    await joining
    expect(place.rows.get('b')).toEqual({ tenant: 'b', columns: 'x' })
  })

  it('that its tenant defined already is left alone', async () => {
    const place = new Place(quick)
    await place.define('a', 'x')
    const calls: string[] = []
    await place.define('a', 'x', (call) => void calls.push(call))
    expect(calls).toEqual(['of'])
  })

  it.each<[string, ShapeUse[], string]>([
    ['is used by nobody', [], 'of all all put dropOthers all makeView settle'],
    [
      'its tenant alone uses, with other columns',
      [{ tenant: 'a', columns: 'y' }],
      'of all all put dropOthers all makeView settle',
    ],
    [
      'its tenant began to define',
      [{ tenant: 'a', columns: 'x', defining: 'dead' }],
      'of all all put dropOthers all makeView settle',
    ],
    ['another uses', [{ tenant: 'b', columns: 'x' }], 'of all put all settle'],
    [
      'another uses, and a third began to change',
      [
        { tenant: 'b', columns: 'x' },
        { tenant: 'c', columns: 'y', defining: 'dead' },
      ],
      'of all put all settle',
    ],
    [
      'a third began to change, and another uses',
      [
        { tenant: 'c', columns: 'y', defining: 'dead' },
        { tenant: 'b', columns: 'x' },
      ],
      'of all put all settle',
    ],
  ])('that %s is defined without a wait, in so many calls', async (_, before, calls) => {
    const place = new Place(quick)
    for (const use of before) place.rows.set(use.tenant, use)
    const made: string[] = []
    pauses.length = 0
    await place.define('a', 'x', (call) => void made.push(call))
    expect([made.join(' '), pauses]).toEqual([calls, []])
    expect(place.rows.get('a')).toEqual({ tenant: 'a', columns: 'x' })
  })

  it('that another began to define and never ends is waited for twenty times, at most 100 milliseconds each', async () => {
    const place = new Place(quick)
    place.rows.set('b', { tenant: 'b', columns: 'y', defining: 'dead' })
    const made: string[] = []
    pauses.length = 0
    await place.define('a', 'x', (call) => void made.push(call))
    expect(made.filter((call) => call === 'all')).toHaveLength(23)
    expect(pauses).toHaveLength(20)
    expect(pauses.filter((ms) => !(ms >= 0 && ms <= 100))).toEqual([])
    expect([place.view, ...place.rows.values()]).toEqual(['x', { tenant: 'a', columns: 'x' }])
  })

  it.each([
    ['tenants', 'b', 'of all all put dropOthers all settle'],
    ['calls of one tenant', 'a', 'of all all'],
  ])('that two %s define at once is made one view, by the first', async (_, second, calls) => {
    const place = new Place(quick)
    const made: string[][] = [[], []]
    await Promise.all(['a', second].map((tenant, n) => place.define(tenant, 'x', (call) => void made[n]!.push(call))))
    expect(made.map((each) => each.join(' '))).toEqual(['of all all put dropOthers all makeView settle', calls])
    expect([...place.rows.values()]).toEqual([...new Set(['a', second])].map((tenant) => ({ tenant, columns: 'x' })))
  })

  it('that another tenant uses with other columns is a conflict, and its record stays', async () => {
    const place = new Place(quick)
    await place.define('a', 'x')
    await expect(place.define('b', 'y')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/the shape shape with other columns; rename yours$/),
    })
    expect([place.view, [...place.rows.keys()]]).toEqual(['x', ['a']])
  })

  it.each(['put', 'dropOthers', 'makeView', 'settle'])(
    'whose definition was cut off at %s is defined again',
    async (at) => {
      for (const when of ['before', 'after'] as const) {
        const place = new Place(quick)
        await place.define('a', 'x')
        await expect(place.define('a', 'y', (call) => (call === at ? when : undefined))).rejects.toThrow(at)
        expect(place.wrong).toEqual([])
        await place.define('b', 'z').catch((error) => expect(error).toMatchObject({ code: 'conflict' }))
        expect(place.wrong).toEqual([])
      }
    },
  )

  it('is changed by one tenant and joined by another at once: one of them gets a conflict', async () => {
    const outcomes = SEEDS.map(async (seed) => {
      const next = numbers(seed)
      const place = new Place(() => next() % 6)
      await place.define('a', 'x')
      const both = await Promise.allSettled([place.define('a', 'y'), place.define('b', 'x')])
      const refused = both.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
      return { seed, refused, wrong: place.wrong }
    })
    const all = await Promise.all(outcomes)
    expect(all.filter(({ refused, wrong }) => wrong.length > 0 || refused.join() !== 'conflict')).toEqual([])
  })

  it('is never another than a record says, whoever defines it and dies', async () => {
    const outcomes = SEEDS.map(async (seed) => {
      const next = numbers(seed)
      const place = new Place(() => next() % 4)
      await place.define('a', 'x')
      const dying = () => (next() % 12 === 0 ? (next() % 2 === 0 ? 'before' : 'after') : undefined)
      const wanted = ['a y', 'b x', 'c x', 'b y', 'a x', 'd y'].map((each) => each.split(' ') as [string, string])
      await Promise.allSettled(wanted.map(([tenant, columns]) => place.define(tenant, columns, dying)))
      return { seed, wrong: place.wrong }
    })
    expect((await Promise.all(outcomes)).filter(({ wrong }) => wrong.length > 0)).toEqual([])
  })
})
