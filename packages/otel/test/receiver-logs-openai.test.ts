import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PROTOBUF, post, receiverOf } from './support/receivers.js'

/**
 * Requests as the exporters of JavaScript 0.223.1 sent them, byte for byte: what `@opentelemetry/instrumentation-openai` 0.21.0 tells of a
 * chat, in events of which each is a message, and of two responses, in events with details, of which a stream has one for each side and
 * each item of the output.
 */
const sent = (format: string, signal: string) =>
  readFileSync(new URL(`fixtures/openai-events/javascript-0.21.0-${format}-${signal}.bin`, import.meta.url))

const parts = (...texts: string[]) => texts.map((content) => ({ type: 'text', content }))
const system = { 'gen_ai.system': 'openai' }
const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } }
const asked = { role: 'user', parts: parts('Weather in Paris?') }

describe.each([
  ['json', {}],
  ['protobuf', PROTOBUF],
])('%s', (format, headers: Record<string, string>) => {
  it.each([[['logs', 'traces']], [['traces', 'logs']], [['logs', 'traces', 'logs', 'traces']]])(
    'messages of an official instrumentation are those of its spans: %s',
    async (signals) => {
      const { storage, receive } = await receiverOf()
      for (const signal of signals) {
        const response = await receive(post(sent(format, signal), headers, `/v1/${signal}`))
        const body = await response.text()
        expect([response.status, body]).toEqual([200, format === 'json' ? '{}' : ''])
      }
      const { items } = await storage.traces.find()
      const traces = await Promise.all(items.map(({ traceId }) => storage.traces.get(traceId)))
      const common = { name: 'chat gpt-4o-mini', kind: 'llm', status: 'ok' }
      expect(traces.map((trace) => trace!.summary).toReversed()).toMatchObject([
        { ...common, inputPreview: 'rain', outputPreview: 'Take a coat.', tokens: { prompt: 40, completion: 5 } },
        { ...common, inputPreview: 'Weather in Paris?', outputPreview: 'Take a coat.', tokens: { prompt: 20 } },
        { ...common, inputPreview: 'Weather in Paris?', outputPreview: 'Take a coat.', tokens: { prompt: 20 } },
      ])
      expect(traces.map((trace) => trace!.spans).toReversed()).toMatchObject([
        [
          {
            input: [
              { event: 'gen_ai.system.message', ...system, content: 'Be brief.' },
              { event: 'gen_ai.user.message', ...system, content: 'Weather in Paris?' },
              { event: 'gen_ai.assistant.message', ...system, tool_calls: [call] },
              { event: 'gen_ai.tool.message', ...system, id: 'call_1', content: 'rain' },
            ],
            output: [{ event: 'gen_ai.choice', ...system, index: 0, finish_reason: 'stop', content: 'Take a coat.' }],
          },
        ],
        [
          {
            input: [{ role: 'system', parts: parts('Be brief.') }, asked],
            output: ['It rains.', 'Take a coat.'].map((said) => ({
              ...{ role: 'assistant', parts: parts(said) },
              finish_reason: 'stop',
            })),
          },
        ],
        [
          {
            input: [asked],
            output: [{ role: 'assistant', parts: parts('It rains.', 'Take a coat.'), finish_reason: 'stop' }],
          },
        ],
      ])
    },
  )
})
