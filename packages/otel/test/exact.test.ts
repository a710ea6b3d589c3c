import { describe, expect, it } from 'vitest'
import { fromOtlp } from '../src/index.js'
import { OTLP_SPAN, PLACE } from './support/otlp-span.js'
import { detailOf, normalised } from './support/raw-span.js'

/** No double is this number. */
const BIG = '1234567890123456789'

describe('JSON in a text that says more than its value', () => {
  const tool = { 'gen_ai.operation.name': 'execute_tool' }

  it.each([
    ['a number that no double is', `{"channel":${BIG}}`],
    ['a key twice', '{"a":1,"a":2}'],
    ['more levels than can be looked through', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ])('stays text: %s', (_, text) => {
    const span = normalised({ ...tool, 'gen_ai.tool.call.arguments': text, 'gen_ai.tool.call.result': text })
    expect(span).toMatchObject({ input: text, output: text, detail: { arguments: text, result: text } })
  })

  it('is read where it says nothing more', () => {
    const text = '{"a":1.5, "b":[9007199254740991, 1e3]}'
    expect(normalised({ ...tool, 'gen_ai.tool.call.arguments': text }).input).toEqual({
      a: 1.5,
      b: [2 ** 53 - 1, 1000],
    })
  })

  it('has its numbers as texts where a list is needed', () => {
    const messages = `[{"role":"assistant","parts":[{"type":"tool_call","name":"say \\"1\\"","arguments":{"channel":${BIG},"n":2}}]}]`
    const llm = { 'gen_ai.operation.name': 'chat', 'gen_ai.output.messages': messages }
    expect(detailOf(llm)).toEqual({
      toolCalls: [{ type: 'tool_call', name: 'say "1"', arguments: { channel: BIG, n: 2 } }],
    })
    expect(normalised(llm).output).toBe(messages)
  })

  it('has documents all the same', () => {
    const documents = `[{"id":${BIG},"score":0.5,"content":"a","content":"b"}]`
    const retrieval = { 'gen_ai.operation.name': 'retrieval', 'gen_ai.retrieval.documents': documents }
    expect(detailOf(retrieval)).toEqual({ documents: [{ id: BIG, score: 0.5, content: 'b' }] })
  })
})

describe('a number of OTLP that was changed before it came', () => {
  const read = (value: string) => {
    const span = { ...OTLP_SPAN, attributes: [{ key: 'n', value: 'HERE' }] }
    const document = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })
    const { spans, warnings } = fromOtlp(document.replace('"HERE"', value))
    return [spans[0]!.attributes, warnings.map(({ path, reason }) => `${path.replace(`${PLACE}.`, '')} ${reason}`)]
  }

  it('is named: an integer beyond 2^53', () => {
    expect(read(`{"intValue":${BIG}}`)).toEqual([
      { n: '1234567890123456768' },
      ['attributes[0].value.intValue is beyond 2^53, so it was rounded where it was read; write it as a text'],
    ])
  })

  it.each(['', '-'])('is named: %sinfinity', (sign) => {
    expect(read(`{"doubleValue":${sign}1e999}`)).toEqual([
      { n: `${sign}Infinity` },
      ['attributes[0].value.doubleValue was larger than a double where it was read; write what is infinite as a text'],
    ])
  })

  it.each([
    ['{"intValue":9007199254740991}', 2 ** 53 - 1],
    [`{"intValue":"${BIG}"}`, BIG],
    ['{"doubleValue":1e308}', 1e308],
    ['{"doubleValue":"Infinity"}', 'Infinity'],
  ])('is not what %s says', (value, n) => {
    expect(read(value)).toEqual([{ n }, []])
  })
})
