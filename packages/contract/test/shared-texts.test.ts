import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { partsOfText } from '../src/rules/cut-text.js'
import { hasCut, missingIn, SharedTexts, wholeTexts } from '../src/rules/shared-texts.js'
import type { SpanTexts } from '../src/rules/span-record.js'

const sizeOf = (texts: readonly SpanTexts[], pieces: ReadonlyMap<string, string>) =>
  [...texts.flatMap((each) => Object.values(each)), ...pieces.values()].join('').length

/** What a trace of these texts takes, told in batches of so many; each must come back whole. */
function shared(given: readonly SpanTexts[], batch = given.length) {
  const pieces = new Map<string, string>()
  const stored: SpanTexts[] = []
  for (let at = 0; at < given.length; at += batch) {
    const some = given.slice(at, at + batch)
    const sharing = new SharedTexts(some, at > 0)
    stored.push(...some.map((texts) => sharing.share(texts)))
    for (const [name, piece] of sharing.pieces) pieces.set(name, piece)
  }
  expect(stored.map((texts) => wholeTexts(texts, pieces))).toEqual(given)
  return { stored, pieces, size: sizeOf(stored, pieces), whole: sizeOf(given, new Map()) }
}

const message = (n: number, size: number) => ({
  role: n % 2 ? 'assistant' : 'user',
  content: `${n} ${'word '.repeat(size / 5)}`,
})
const conversation = (turns: number) =>
  Array.from({ length: turns }, (_, turn) => {
    const messages = Array.from({ length: 2 * turn + 1 }, (_, n) => message(n, n % 2 ? 800 : 400))
    return { attributes: JSON.stringify({ id: `response ${turn}`, messages: JSON.stringify(messages), after: turn }) }
  })

describe('the parts of a text', () => {
  const item = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.constantFrom(
      'x'.repeat(9000),
      'a word '.repeat(3000),
      '🜁'.repeat(6000),
      '[{',
      '},{',
      '}]',
      '"[{\\"a\\":1},{\\"b\\":2}]"',
    ),
    fc.object(),
  )
  test('put together are the text, and no character is cut', () => {
    fc.assert(
      fc.property(fc.array(item), fc.boolean(), (items, isText) => {
        const text = isText ? items.map((one) => JSON.stringify(one)).join('') : JSON.stringify(items)
        const parts = partsOfText(text)
        expect(parts.map((part) => (part.comma ? ',' : '') + part.text).join('')).toBe(text)
        if (text.isWellFormed()) expect(parts.every((part) => part.text.isWellFormed())).toBe(true)
        expect(parts.every((part) => part.text.length <= 8193)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('are the items of a list, one the same after a comma as alone', () => {
    const [a, b] = [1, 2].map((n) => JSON.stringify({ role: 'user', words: Array(60).fill(`${n}`) }))
    const [first, second] = [`[${a},${b}]`, `[${b}]`].map(partsOfText)
    expect(first!.filter((part) => part.isPiece)).toEqual([
      { text: a, isPiece: true, comma: false },
      { text: b, isPiece: true, comma: true },
    ])
    expect(second!.filter((part) => part.isPiece)).toEqual([{ text: b, isPiece: true, comma: false }])
  })

  test('are what was said, whatever stands around it, in a text or in one within', () => {
    const said = 'word '.repeat(100)
    const texts = [{ answer: said }, { said: [{ role: 'user' }, { content: [{ text: said }] }] }].map((one) => [
      JSON.stringify(one),
      JSON.stringify({ text: JSON.stringify(one) }),
    ])
    for (const text of texts.flat())
      expect(partsOfText(text)).toContainEqual({ text: said, isPiece: true, comma: false })
  })

  test.each([
    ['begin', '[{'],
    ['end', '}]'],
    ['go on', '},{'],
    ['begin and end', '[{}]'],
  ])('are found of lists that %s a hundred thousand times', (_, text) => {
    const whole = JSON.stringify(text.repeat(100_000))
    expect(
      partsOfText(whole)
        .map((part) => (part.comma ? ',' : '') + part.text)
        .join(''),
    ).toBe(whole)
  })

  test('are small items together', () => {
    const text = JSON.stringify(Array(40).fill({ n: 1 }))
    const pieces = partsOfText(text).filter((part) => part.isPiece)
    expect(pieces.length).toBe(1)
    expect(pieces[0]!.text.length).toBeGreaterThanOrEqual(256)
  })
})

describe('the texts of a trace', () => {
  test('that are short and come once stay as they are', () => {
    const texts = [{ input: '"short"', attributes: JSON.stringify({ a: 'x'.repeat(4000) }) }]
    const { stored, pieces } = shared(texts)
    expect([stored, pieces.size]).toEqual([texts, 0])
  })

  test('that come again in one batch are kept once', () => {
    const input = JSON.stringify('x'.repeat(600))
    const { stored, pieces } = shared(Array(10).fill({ input, detail: '{}' }))
    expect([...pieces.values()]).toEqual([input])
    expect(stored.every((texts) => hasCut({ input: texts.input! }) && texts.detail === '{}')).toBe(true)
  })

  test.each([1, 10])(
    'told around spans are kept once where these are put together anyway, in batches of %i',
    (batch) => {
      const rest = JSON.stringify({ resource: { 'service.name': 'x'.repeat(120) } })
      const [first, ...others] = shared(
        conversation(10).map((texts) => ({ ...texts, rest })),
        batch,
      ).stored.slice(4)
      expect(first!.rest).toMatch(/^\*/)
      expect(new Set(others.map((texts) => texts.rest))).toEqual(new Set([first!.rest]))
      expect(shared(Array(10).fill({ rest, input: '"short"' }), batch).pieces.size).toBe(0)
    },
  )

  test.each(['error', 'events', 'links', 'repairs', 'sources'])(
    'told around a span with %s of its own are its own',
    (own) => {
      const rest = (n: number) => {
        const beside = { resource: { 'service.name': 'x'.repeat(120) }, scope: { n } }
        return JSON.stringify(
          ['repairs', 'sources'].includes(own) ? { ...beside, [own]: [n] } : { [own]: [n], ...beside },
        )
      }
      const { stored } = shared(
        conversation(10).map((texts, n) => ({ ...texts, rest: rest(n) })),
        1,
      )
      expect(stored.map((texts) => texts.rest)).toEqual(stored.map((_, n) => rest(n)))
    },
  )

  test('of which some are told again are shared where they are others than before', () => {
    const [before, after] = conversation(50)
      .slice(-2)
      .map((texts) => ({ ...texts, input: JSON.stringify('word '.repeat(2000)), rest: '{"resource":{}}' }))
    const sharing = new SharedTexts([], true)
    const stored = sharing.shareChanged(before!, after!)
    expect(stored).toEqual({ ...after!, attributes: expect.stringMatching(/^\*/) })
    expect([...sharing.pieces.values()].some((piece) => piece.includes('word word '.repeat(300)))).toBe(false)
    expect(wholeTexts(stored, sharing.pieces)).toEqual(after)
    expect(new SharedTexts([], true).shareChanged(after!, after!)).toEqual(after)
  })

  test('that stand for an attribute stay as they are, however long its name', () => {
    const texts = Array(3).fill({ input: `=v${'k'.repeat(600)}`, output: `=j${'k'.repeat(6000)}` })
    expect(shared(texts)).toMatchObject({ stored: texts, pieces: new Map() })
  })

  test('that are too short to be kept once stay as they are', () => {
    const { pieces } = shared(Array(10).fill({ input: JSON.stringify('x'.repeat(509)) }))
    expect(pieces.size).toBe(0)
  })

  test.each([1, 7, 50])('that grow are kept in little more than what is new in each, in batches of %i', (batch) => {
    const { size, whole } = shared(conversation(50), batch)
    const distinct = JSON.stringify(conversation(50).at(-1)).length
    expect(whole / distinct).toBeGreaterThan(20)
    expect(size / distinct).toBeLessThan(1.75)
  })

  test('have names that do not grow with the list', () => {
    const { stored } = shared(conversation(150), 1)
    expect(Math.max(...stored.slice(10).map(({ attributes }) => attributes!.length))).toBeLessThan(1300)
  })

  test('tell which pieces they need, those of lists once these are there, and those of lists in them', () => {
    const { stored, pieces } = shared(conversation(50))
    const [texts] = stored.slice(-1) as [SpanTexts]
    const held = new Map<string, string>()
    const rounds: number[] = []
    for (let missing = missingIn(texts, held); missing.size > 0; missing = missingIn(texts, held)) {
      rounds.push(missing.size)
      for (const name of missing) held.set(name, pieces.get(name)!)
    }
    expect(rounds).toEqual([15, 55, 50])
    expect(wholeTexts(texts, held)).toEqual(wholeTexts(texts, pieces))
    expect(missingIn({ input: '{"a":1}' }, held).size).toBe(0)
  })

  test('come back whole, whatever they are', () => {
    const long = fc.array(fc.oneof(fc.object(), fc.string({ minLength: 200 }), fc.constant(message(1, 5000))), {
      minLength: 1,
    })
    const list = fc.array(
      fc.record({
        input: long.map((value) => JSON.stringify(value)),
        rest: long.map((value) => JSON.stringify({ text: JSON.stringify(value) })),
      }),
    )
    fc.assert(
      fc.property(list, fc.integer({ min: 1, max: 5 }), (given, batch) => {
        shared([...given, ...given], batch)
      }),
      { numRuns: 100 },
    )
  })

  test('of which a piece is missing are an error', () => {
    const { stored } = shared(conversation(20))
    expect(() => wholeTexts(stored.at(-1)!, new Map())).toThrow(/changed by other hands/)
    expect(() => wholeTexts({ input: '*00000001[' }, new Map())).toThrow(/changed by other hands/)
  })
})
