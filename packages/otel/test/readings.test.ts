import { describe, expect, it } from 'vitest'
import { detailOf, normalised } from './support/raw-span.js'

const CALL = { type: 'tool_call', name: 'search' }
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'

describe('a number', () => {
  it.each([
    ['0', 0],
    [' 0.5 ', 0.5],
    [' ', undefined],
    [true, undefined],
    [[], undefined],
    ['Infinity', undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [-0.5, undefined],
  ])('%j is read as %j', (written, temperature) => {
    const detail = detailOf({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.temperature': written })
    expect(detail).toStrictEqual(temperature === undefined ? {} : { temperature })
  })
})

describe('the result of a tool', () => {
  it.each([
    ['"a"', 'a'],
    ['"a\\nb"', 'a\nb'],
    ['42', '42'],
    ['true', 'true'],
    ['"a" or "b"', '"a" or "b"'],
    [['"a"'], ['"a"']],
    ['["a"]', ['a']],
  ])('%j is read as %j', (written, result) => {
    expect(detailOf({ 'ai.operationId': 'ai.toolCall', 'ai.toolCall.result': written })).toEqual({ result })
  })
})

describe('an output', () => {
  it.each([
    ['"[1]"', '"[1]"'],
    ['see [1]', 'see [1]'],
    [' \n[1]', [1]],
    ['\t{"a":1}', { a: 1 }],
  ])('%j is read as %j', (written, output) => {
    expect(normalised({ 'ai.response.text': written }).output).toEqual(output)
  })
})

describe('tool calls', () => {
  it.each([
    ['a text', 'search', {}],
    ['an object', { name: 'search' }, {}],
    ['an empty list', [], {}],
    ['calls', [{ name: 'search' }], { toolCalls: [{ name: 'search' }] }],
    ['a message without a role', [{ parts: [CALL] }], { toolCalls: [CALL] }],
    ['a message without parts', [{ role: 'assistant', content: 'hm' }], {}],
    [
      'messages with something else among them',
      [null, { role: 'assistant', parts: [null, CALL] }, 7],
      { toolCalls: [CALL] },
    ],
  ])('of %s', (_, written, detail) => {
    expect(detailOf({ 'gen_ai.operation.name': 'chat', 'gen_ai.output.messages': written })).toEqual(detail)
  })
})

describe('documents', () => {
  it.each([
    ['a text', 'A', { content: 'A' }],
    ['nothing', null, { content: null }],
    ['a list', ['A'], { content: ['A'] }],
    ['a score below zero', { score: -0.5 }, { score: -0.5 }],
    ['a score in a text', { score: ' 0.5 ' }, { score: 0.5 }],
    ['an empty score', { score: '' }, {}],
    ['a blank score', { score: ' ' }, {}],
    ['a score that is a word', { score: 'high' }, {}],
    ['a score that is a flag', { score: true }, {}],
    ['a score without end', { score: 'Infinity' }, {}],
    ['another name of the content', { text: 'A' }, { content: 'A' }],
  ])('of %s', (_, written, document) => {
    const attributes = { 'gen_ai.operation.name': 'retrieval', 'gen_ai.retrieval.documents': [written] }
    expect(detailOf(attributes)).toStrictEqual({ documents: [document] })
  })
})

describe('hooks and delegations', () => {
  it.each([
    [{ 'hook.phase': 'pre' }, { phase: 'pre' }],
    [{ 'hook.phase': 'post' }, { phase: 'post' }],
    [
      { 'hook.phase': 'pre', 'hook.outcome': 'pass' },
      { phase: 'pre', outcome: 'pass' },
    ],
    [
      { 'hook.phase': 'pre', 'hook.outcome': 'block' },
      { phase: 'pre', outcome: 'block' },
    ],
    [{ 'hook.phase': 'pre', 'hook.outcome': 'halt' }, { phase: 'pre' }],
  ])('of a hook %j is read', (attributes, detail) => {
    expect(detailOf({ 'hook.name': 'guard', ...attributes })).toEqual({ hook: 'guard', ...detail })
  })

  it.each([
    ['a word', 'abc'],
    ['a digit too many at first', `a${TRACE_ID}`],
    ['a digit too many at last', `${TRACE_ID}a`],
    ['a list', [TRACE_ID]],
  ])('the trace of a delegation is not %s', (_, written) => {
    expect(detailOf({ 'delegation.member': 'b', 'delegation.trace_id': written })).toEqual({ member: 'b' })
  })
})
