import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openValue, sealValue } from '../src/sealing/cipher.js'

const KEY = { keyId: 'k', key: randomBytes(32) }
const PLACE = { tenant: 'default', entry: 'one', subject: 'maria', path: '/to' }
const VALUE = { mails: ['maria@example.com'], born: 1980 }

describe('a sealed value', () => {
  it('opens with its key, in its place', () => {
    expect(openValue(KEY, PLACE, sealValue(KEY, PLACE, VALUE))).toEqual({ value: VALUE })
  })

  it.each(Object.keys(PLACE))('does not open with another %s', (field) => {
    expect(openValue(KEY, { ...PLACE, [field]: 'another' }, sealValue(KEY, PLACE, VALUE))).toBeUndefined()
  })

  it('does not open under another name of its key', () => {
    const { $sealed } = sealValue(KEY, PLACE, VALUE)
    expect(openValue(KEY, PLACE, { $sealed: { ...$sealed, keyId: 'another' } })).toBeUndefined()
  })

  it('does not open with another key of that name', () => {
    expect(openValue({ ...KEY, key: randomBytes(32) }, PLACE, sealValue(KEY, PLACE, VALUE))).toBeUndefined()
  })

  it('is the same bytes for the same, whatever the order of its keys', () => {
    const turned = { born: 1980, mails: ['maria@example.com'] }
    expect(sealValue(KEY, PLACE, turned)).toEqual(sealValue(KEY, PLACE, VALUE))
  })

  it.each([
    ['value', () => sealValue(KEY, PLACE, { ...VALUE, born: 1981 })],
    ['place', () => sealValue(KEY, { ...PLACE, path: '/from' }, VALUE)],
    ['key', () => sealValue({ ...KEY, key: randomBytes(32) }, PLACE, VALUE)],
  ])('has another IV with another %s', (_what, seal) => {
    expect(seal().$sealed.iv).not.toBe(sealValue(KEY, PLACE, VALUE).$sealed.iv)
  })
})
