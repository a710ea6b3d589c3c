import { describe, expect, it } from 'vitest'
import { replayInput, type Span, type TenantStorage } from '../src/index.js'
import { onSqlite } from './support/storages.js'

const TRACE = 'a'.repeat(32)
const MESSAGES = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Weather in Oslo?' },
]

async function withRun(storage: TenantStorage, attributes: Span['attributes'] = {}): Promise<void> {
  await storage.sessions.save({ id: 'chat', type: 'agent', state: { city: 'Oslo' } })
  await storage.sessions.appendRun({ id: 'run', sessionId: 'chat', traceId: TRACE, input: 'Weather?' })
  const call = (n: number) =>
    ({ traceId: TRACE, spanId: `${n}`.repeat(16), kind: 'llm', name: 'chat', startedAt: n, endedAt: n + 1 }) as const
  await storage.traces.write([
    { ...call(2), input: [...MESSAGES, { role: 'assistant', content: 'Snow.' }], output: 'Still.' },
    {
      ...call(1),
      input: MESSAGES,
      output: 'Snow.',
      detail: { provider: 'openai', model: 'gpt-5-2025-08-07' },
      attributes: { 'gen_ai.request.model': 'gpt-5', ...attributes },
    },
  ])
}

describe('what it takes to do a run again', () => {
  it('is its input, what the model was given first, and the state, where they are known', async () => {
    const { storage } = await onSqlite()
    await withRun(storage)
    expect(await replayInput(storage, 'run')).toEqual({
      runId: 'run',
      sessionId: 'chat',
      traceId: TRACE,
      provider: 'openai',
      model: 'gpt-5',
      input: 'Weather?',
      prompt: MESSAGES,
      messages: MESSAGES,
      settings: {},
      state: { known: true, value: { city: 'Oslo' } },
    })
  })

  it.each([
    [
      'attributes of OpenTelemetry GenAI',
      {
        'gen_ai.request.temperature': 0.5,
        'gen_ai.request.top_p': 0.9,
        'gen_ai.request.top_k': 40,
        'gen_ai.request.max_tokens': 100,
        'gen_ai.request.seed': 7,
        'gen_ai.request.frequency_penalty': 0.1,
        'gen_ai.request.presence_penalty': 0.2,
        'gen_ai.request.stop_sequences': ['END'],
      },
    ],
    [
      'the settings of the AI SDK',
      {
        'ai.settings.temperature': 0.5,
        'ai.settings.topP': 0.9,
        'ai.settings.topK': 40,
        'ai.settings.maxOutputTokens': 100,
        'ai.settings.seed': 7,
        'ai.settings.frequencyPenalty': 0.1,
        'ai.settings.presencePenalty': 0.2,
        'ai.settings.stopSequences': ['END'],
      },
    ],
    [
      'the parameters of OpenInference',
      {
        'llm.invocation_parameters': JSON.stringify({
          temperature: 0.5,
          top_p: 0.9,
          top_k: 40,
          max_completion_tokens: 100,
          seed: 7,
          frequency_penalty: 0.1,
          presence_penalty: 0.2,
          stop: 'END',
        }),
      },
    ],
    [
      'the parameters of Langfuse, which are texts',
      {
        'langfuse.observation.model.parameters':
          '{"temperature":"0.5","top_p":"0.9","top_k":"40","max_tokens":"100","seed":"7","frequency_penalty":"0.1","presence_penalty":"0.2","stop":["END"]}',
      },
    ],
  ])('has the settings that are in %s', async (_where, attributes) => {
    const { storage } = await onSqlite()
    await withRun(storage, attributes as Span['attributes'])
    expect((await replayInput(storage, 'run')).settings).toEqual({
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      maxTokens: 100,
      seed: 7,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
      stop: ['END'],
    })
  })

  it('has the tools that were offered in any call, and how they were to be chosen', async () => {
    const { storage } = await onSqlite()
    const tool = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }
    await withRun(storage, { 'gen_ai.tool.definitions': [tool], 'ai.prompt.toolChoice': '{"type":"required"}' })
    const { tools, settings } = await replayInput(storage, 'run')
    expect({ tools, settings }).toEqual({ tools: [tool], settings: { toolChoice: { type: 'required' } } })
  })

  it('has no state where the session was saved since, or is younger than the run', async () => {
    const { storage } = await onSqlite()
    await withRun(storage)
    await storage.sessions.appendRun({ id: 'next', sessionId: 'chat' })
    expect((await replayInput(storage, 'run')).state).toEqual({ known: true, value: { city: 'Oslo' } })
    await storage.sessions.appendRun({ id: 'early', sessionId: 'chat', startedAt: 1 })
    expect((await replayInput(storage, 'early')).state).toEqual({ known: false })
    await storage.sessions.save({ id: 'chat', type: 'agent', state: { city: 'Rome' } })
    expect((await replayInput(storage, 'run')).state).toEqual({ known: false })
    await storage.sessions.appendRun({ id: 'later', sessionId: 'chat', startedAt: Date.now() + 60_000 })
    expect((await replayInput(storage, 'later')).state).toEqual({ known: true, value: { city: 'Rome' } })
    await storage.sessions.save({ id: 'bare', type: 'agent' })
    await storage.sessions.appendRun({ id: 'of bare', sessionId: 'bare' })
    expect((await replayInput(storage, 'of bare')).state).toEqual({ known: true })
  })

  it('is what the session has where the trace is gone', async () => {
    const { storage } = await onSqlite()
    await withRun(storage)
    await storage.traces.remove(TRACE)
    const state = { known: true, value: { city: 'Oslo' } }
    const known = { runId: 'run', sessionId: 'chat', traceId: TRACE, input: 'Weather?', state }
    expect(await replayInput(storage, 'run')).toEqual(known)
  })

  it('has no messages where some were cut, and the prompt as it is stored', async () => {
    const { storage } = await onSqlite()
    await storage.sessions.save({ id: 'chat', type: 'agent' })
    await storage.sessions.appendRun({ id: 'run', sessionId: 'chat', traceId: TRACE })
    const input = [{ role: 'user', content: 'x'.repeat(300_000) }]
    const span = {
      traceId: TRACE,
      spanId: 'b'.repeat(16),
      kind: 'llm',
      name: 'chat',
      startedAt: 1,
      endedAt: 2,
    } as const
    await storage.traces.write([{ ...span, input, output: 'y' }])
    const { prompt, messages } = await replayInput(storage, 'run')
    expect({ prompt, messages }).toEqual({ prompt: [{ role: 'user', content: 'x'.repeat(262_144) }] })
  })

  it('is refused for a run that is not there, and for what is no id', async () => {
    const { storage } = await onSqlite()
    await expect(replayInput(storage, 'nobody')).rejects.toMatchObject({ code: 'not_found' })
    await expect(replayInput(storage.tenant('acme'), 'nobody')).rejects.toMatchObject({ code: 'not_found' })
    for (const id of ['', 7, null, undefined] as never[])
      await expect(replayInput(storage, id)).rejects.toMatchObject({ code: 'invalid' })
  })
})
