import { describe, expect, it } from 'vitest'
import { StoreError } from '../src/errors.js'
import { type ShapeUses, shareShape } from '../src/rules/share-shape.js'
import { Place } from './shape-place.js'

const quick = () => 0

describe('a shape', () => {
  it('that is refused its view is what it was', async () => {
    const place = new Place(quick)
    await place.define('a', 'x')
    const refusing: ShapeUses = {
      ...place.uses('y'),
      makeView: () => Promise.reject(new StoreError('unsupported', 'refused')),
      alone: (work) => work(refusing),
    }
    await expect(shareShape(refusing, 'shape', { tenant: 'a', columns: 'y' })).rejects.toThrow('refused')
    expect([...place.rows.values()]).toEqual([{ tenant: 'a', columns: 'x' }])
  })

  it('that is refused says so, also where what was before cannot be put back, and is defined anew afterwards', async () => {
    const place = new Place(quick)
    await place.define('a', 'x')
    const lost = (call: string) => (call === 'restore' ? 'before' : undefined)
    const refusing: ShapeUses = {
      ...place.uses('y', lost),
      makeView: () => Promise.reject(new StoreError('unsupported', 'refused')),
      alone: (work) => work(refusing),
    }
    await expect(shareShape(refusing, 'shape', { tenant: 'a', columns: 'y' })).rejects.toThrow('refused')
    expect([place.view, place.wrong]).toEqual(['x', []])
    await place.define('a', 'x')
    expect([place.view, ...place.rows.values()]).toEqual(['x', { tenant: 'a', columns: 'x' }])
  })

  describe('that another changes just as it is joined', () => {
    /** Joins with the columns x, and between its look and its mark another tenant's become y. */
    async function joining(y: string): Promise<unknown> {
      const place = new Place(quick)
      await place.define('a', 'x')
      const uses = place.uses('x', (call) => {
        if (call === 'put') place.rows.set('a', { tenant: 'a', columns: y, ...(y === 'x' ? { defining: 'mark' } : {}) })
        return call === 'restore' ? 'before' : undefined
      })
      return shareShape(uses, 'shape', { tenant: 'b', columns: 'x' }).catch((error: unknown) => error)
    }

    it('is a conflict, also where its mark cannot be taken back', async () => {
      expect(await joining('y')).toMatchObject({ code: 'conflict' })
    })

    it('is looked at anew, unless its mark cannot be taken back', async () => {
      expect(await joining('x')).toMatchObject({ message: 'restore' })
    })
  })
})
