import { describe, expect, it, vi } from 'vitest'
import { StoreError } from '../src/errors.js'
import { defineShape, type ShapeUse, type ShapeUses } from '../src/rules/define-shape.js'

/** Of all pauses, how long they would be, in milliseconds. */
const pauses = vi.hoisted((): number[] => [])
// A pause is one turn of the event loop: who waits for whom is what these tests are about, not for how long.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => {
    pauses.push(ms)
    return new Promise(setImmediate)
  },
}))

/** A database with one view, whose calls take random times. */
class Place {
  readonly rows = new Map<string, ShapeUse>()
  view: string | undefined
  private turn: Promise<unknown> = Promise.resolve()

  constructor(private readonly slowness: () => number) {}

  /** As a tenant that wants these columns sees it. `fails` tells which of its calls are cut off, before or after their effect. */
  uses(columns: string, fails: (call: string) => 'before' | 'after' | undefined = () => undefined): ShapeUses {
    const call = async <T>(name: string, effect: () => T): Promise<T> => {
      for (let left = this.slowness(); left > 0; left--) await new Promise(setImmediate)
      const failure = fails(name)
      if (failure === 'before') throw new Error(name)
      const result = effect()
      if (failure === 'after') throw new Error(name)
      return result
    }
    const marked = (tenant: string, mark: string) => this.rows.get(tenant)?.defining === mark
    const uses: ShapeUses = {
      all: () => call('all', () => [...this.rows.values()].map((row) => ({ ...row }))),
      put: (use) => call('put', () => this.rows.set(use.tenant, use)),
      settle: (tenant, mark) =>
        call('settle', () => {
          if (!marked(tenant, mark)) return false
          this.rows.set(tenant, { tenant, columns })
          return true
        }),
      restore: (tenant, mark, before) =>
        call('restore', () => {
          if (!marked(tenant, mark)) return
          if (before === undefined) this.rows.delete(tenant)
          else this.rows.set(tenant, before)
        }),
      dropOthers: (mark) =>
        call('dropOthers', () => {
          for (const { tenant, defining } of this.rows.values())
            if (defining !== undefined && defining !== mark) this.rows.delete(tenant)
        }),
      makeView: () =>
        call('makeView', () => {
          this.view = columns
        }),
      alone: (work) => {
        const mine = this.turn.then(() => work(uses))
        this.turn = mine.catch(() => undefined)
        return mine
      },
    }
    return uses
  }

  define(tenant: string, columns: string, fails?: Parameters<Place['uses']>[1]): Promise<void> {
    return defineShape(this.uses(columns, fails), 'shape', { tenant, columns })
  }

  /** The tenants whose record says that the view has other columns than it has. */
  get wrong(): string[] {
    const settled = [...this.rows.values()].filter(({ defining }) => defining === undefined)
    return settled.filter(({ columns }) => columns !== this.view).map(({ tenant }) => tenant)
  }
}

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
    await defineShape({ ...uses, alone: () => expect.fail('alone') }, 'shape', { tenant: 'b', columns: 'x' })
    expect(place.rows.get('b')).toEqual({ tenant: 'b', columns: 'x' })
  })

  it('that is being defined is waited for by one who may not make its view', async () => {
    const place = new Place(quick)
    place.rows.set('a', { tenant: 'a', columns: 'x', defining: 'mark' })
    const joining = defineShape({ ...place.uses('x'), alone: () => expect.fail('alone') }, 'shape', {
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
    expect(calls).toEqual(['all'])
  })

  it.each<[string, ShapeUse[], string]>([
    ['is used by nobody', [], 'all all put dropOthers all makeView settle'],
    [
      'its tenant alone uses, with other columns',
      [{ tenant: 'a', columns: 'y' }],
      'all all put dropOthers all makeView settle',
    ],
    [
      'its tenant began to define',
      [{ tenant: 'a', columns: 'x', defining: 'dead' }],
      'all all put dropOthers all makeView settle',
    ],
    ['another uses', [{ tenant: 'b', columns: 'x' }], 'all put all settle'],
    [
      'another uses, and a third began to change',
      [
        { tenant: 'b', columns: 'x' },
        { tenant: 'c', columns: 'y', defining: 'dead' },
      ],
      'all put all settle',
    ],
    [
      'a third began to change, and another uses',
      [
        { tenant: 'c', columns: 'y', defining: 'dead' },
        { tenant: 'b', columns: 'x' },
      ],
      'all put all settle',
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
    ['tenants', 'b', 'all all put dropOthers all settle'],
    ['calls of one tenant', 'a', 'all all'],
  ])('that two %s define at once is made one view, by the first', async (_, second, calls) => {
    const place = new Place(quick)
    const made: string[][] = [[], []]
    await Promise.all(['a', second].map((tenant, n) => place.define(tenant, 'x', (call) => void made[n]!.push(call))))
    expect(made.map((each) => each.join(' '))).toEqual(['all all put dropOthers all makeView settle', calls])
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

  it('that is refused its view is what it was', async () => {
    const place = new Place(quick)
    await place.define('a', 'x')
    const refusing: ShapeUses = {
      ...place.uses('y'),
      makeView: () => Promise.reject(new StoreError('unsupported', 'refused')),
      alone: (work) => work(refusing),
    }
    await expect(defineShape(refusing, 'shape', { tenant: 'a', columns: 'y' })).rejects.toThrow('refused')
    expect([...place.rows.values()]).toEqual([{ tenant: 'a', columns: 'x' }])
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
