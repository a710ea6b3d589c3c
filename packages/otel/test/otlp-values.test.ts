import { describe, expect, it } from 'vitest'
import { read } from './support/otlp-span.js'

const readValue = (value: unknown) => {
  const { span, told } = read({ attributes: [{ key: 'a', value }] })
  return { value: span.attributes?.a, told }
}

const KINDS = 'stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue'

describe('a value that cannot be read is kept as far as it goes, and named', () => {
  it.each([
    ['a plain text', 'x', 'x', "attributes[0].value: must be an object such as { stringValue: '…' }; kept as it is"],
    ['a list', [1], [1], "attributes[0].value: must be an object such as { stringValue: '…' }; kept as it is"],
    [
      'a kind of its own',
      { dateValue: 1 },
      null,
      `attributes[0].value.dateValue: is no kind of value; give one of ${KINDS}`,
    ],
    ['text that is a number', { stringValue: 7 }, 7, 'attributes[0].value.stringValue: must be a text; kept as it is'],
    [
      'text that is an object',
      { stringValue: { b: 1 } },
      { b: 1 },
      'attributes[0].value.stringValue: must be a text; kept as it is',
    ],
    [
      'bytes that are a list',
      { bytesValue: [1] },
      [1],
      'attributes[0].value.bytesValue: must be a text; kept as it is',
    ],
    [
      'a flag that is a word',
      { boolValue: 'yes' },
      'yes',
      'attributes[0].value.boolValue: must be true or false; kept as it is',
    ],
    [
      'an integer with a fraction',
      { intValue: 1.5 },
      1.5,
      'attributes[0].value.intValue: must be a whole number, or a text of one; kept as it is',
    ],
    [
      'an integer in halves that are none',
      { intValue: { low: 'x' } },
      { low: 'x' },
      'attributes[0].value.intValue: must be a whole number, or a text of one; kept as it is',
    ],
    [
      'an integer in one half',
      { intValue: { low: 1 } },
      { low: 1 },
      'attributes[0].value.intValue: must be a whole number, or a text of one; kept as it is',
    ],
    [
      'an integer in a list',
      { intValue: ['1'] },
      ['1'],
      'attributes[0].value.intValue: must be a whole number, or a text of one; kept as it is',
    ],
    [
      'an integer after a word',
      { intValue: 'x1' },
      'x1',
      'attributes[0].value.intValue: must be a whole number, or a text of one; kept as it is',
    ],
    [
      'an integer before a word',
      { intValue: '1x' },
      '1x',
      'attributes[0].value.intValue: must be a whole number, or a text of one; kept as it is',
    ],
    [
      'a double that is a flag',
      { doubleValue: true },
      true,
      'attributes[0].value.doubleValue: must be a number, or a text of one; kept as it is',
    ],
    [
      'a double that is empty',
      { doubleValue: '' },
      '',
      'attributes[0].value.doubleValue: must be a number, or a text of one; kept as it is',
    ],
    [
      'a double that is blank',
      { doubleValue: ' ' },
      ' ',
      'attributes[0].value.doubleValue: must be a number, or a text of one; kept as it is',
    ],
    [
      'text that is NaN',
      { stringValue: Number.NaN },
      null,
      'attributes[0].value.stringValue: must be a text; kept as it is',
    ],
    [
      'a double that is a word',
      { doubleValue: 'much' },
      'much',
      'attributes[0].value.doubleValue: must be a number, or a text of one; kept as it is',
    ],
    [
      'a list that is none',
      { arrayValue: [1] },
      [],
      'attributes[0].value.arrayValue: must be an object { values: […] }; passed over',
    ],
    [
      'a list whose values are none',
      { arrayValue: { values: {} } },
      [],
      'attributes[0].value.arrayValue: must be an object { values: […] }; passed over',
    ],
    [
      'an object that is none',
      { kvlistValue: { a: 1, values: 7 } },
      {},
      'attributes[0].value.kvlistValue: must be an object { values: […] }; passed over',
    ],
    [
      'an object with an entry that is none',
      { kvlistValue: { values: [7] } },
      {},
      'attributes[0].value.kvlistValue.values[0]: must be an object { key, value }; passed over',
    ],
    [
      'a value within lists within objects',
      {
        kvlistValue: { values: [{ key: 'b', value: { arrayValue: { values: [{ intValue: 1 }, { boolValue: 2 }] } } }] },
      },
      { b: [1, 2] },
      'attributes[0].value.kvlistValue.values[0].value.arrayValue.values[1].boolValue: must be true or false; kept as it is',
    ],
  ])('%s', (_, given, value, warning) => {
    expect(readValue(given)).toEqual({ value, told: [warning] })
  })

  it.each([
    [{ stringValue: null }, null],
    [{ stringValue: null, intValue: 1 }, 1],
    [null, null],
    [undefined, null],
    [{}, null],
    [{ kvlistValue: {} }, {}],
    [{ doubleValue: 'Infinity' }, 'Infinity'],
    [{ doubleValue: '-Infinity' }, '-Infinity'],
    [{ doubleValue: 'NaN' }, 'NaN'],
    [{ doubleValue: Number.NaN }, 'NaN'],
    [{ boolValue: 'true' }, true],
    [{ boolValue: 'false' }, false],
  ])('but %j is nothing to name', (given, value) => {
    expect(readValue(given)).toEqual({ value, told: [] })
  })

  it('and what is nested too deep is named once', () => {
    let value: object = { stringValue: 'x' }
    for (let i = 0; i < 5_000; i++) value = { arrayValue: { values: [value] } }
    expect(readValue(value).told.map((warning) => warning.replace(/^.*: /, ''))).toEqual([
      'is nested too deep; cut off',
    ])
  })

  it('and what is no JSON at all is passed over', () => {
    expect(readValue({ stringValue: 1n })).toEqual({
      value: null,
      told: [
        'attributes[0].value.stringValue: must be a text; kept as it is',
        'attributes[0].value: is no JSON; passed over',
      ],
    })
  })

  const inList = (value: object) => ({ arrayValue: { values: [value] } })
  const inObject = (value: object) => ({ kvlistValue: { values: [{ key: 'b', value }] } })
  const nested = (levels: number, within: (value: object) => object) => {
    let value: object = { stringValue: 'x' }
    for (let i = 0; i < levels; i++) value = within(value)
    return readValue(value).told
  }

  it('and at 100 levels nothing is cut off', () => {
    expect([...nested(100, inList), ...nested(100, inObject)]).toEqual([])
  })

  it.each([
    ['lists', inList, '.arrayValue.values[0]'],
    ['objects', inObject, '.kvlistValue.values[0].value'],
  ])('and at 101 levels of %s the innermost is', (_, within, step) => {
    expect(nested(101, within)).toEqual([`attributes[0].value${step.repeat(101)}: is nested too deep; cut off`])
  })

  it('without a word of what it holds', () => {
    const secrets = {
      attributes: { hunter2: 'hunter2' },
      name: ['hunter2'],
      status: 'hunter2',
      traceState: ['hunter2'],
    }
    expect(JSON.stringify(read(secrets).told)).not.toContain('hunter2')
  })
})
