import { generateText, stepCountIs, streamText, ToolLoopAgent, tool, type UIMessage } from 'ai'
import { convertArrayToReadableStream, MockLanguageModelV3 } from 'ai/test'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { aiSdkRun, type Storage } from '../src/index.js'
import { failing, hooksOn, storageOn } from './support/hooked.js'

const usage = {
  inputTokens: { total: 30, noCache: 10, cacheRead: 20, cacheWrite: 0 },
  outputTokens: { total: 9, text: 5, reasoning: 4 },
}
const stop = { unified: 'stop', raw: undefined } as const
const calls = { unified: 'tool-calls', raw: undefined } as const
const toolCall = { type: 'tool-call', toolCallId: 'call-1', toolName: 'weather', input: '{"city":"Oslo"}' } as const

const model = () =>
  new MockLanguageModelV3({
    provider: 'mock',
    modelId: 'large',
    doGenerate: [
      { content: [toolCall], finishReason: calls, usage, warnings: [] },
      { content: [{ type: 'text', text: 'Snow.' }], finishReason: stop, usage, warnings: [] },
    ],
    doStream: async () => ({
      stream: convertArrayToReadableStream([
        { type: 'stream-start', warnings: [] },
        { type: 'text-start', id: '0' },
        { type: 'text-delta', id: '0', delta: 'Snow.' },
        { type: 'text-end', id: '0' },
        { type: 'finish', finishReason: stop, usage },
      ]),
    }),
  })

const weather = tool({ inputSchema: z.object({ city: z.string() }), execute: async () => 'snow' })
const settings = () => ({ model: model(), tools: { weather }, stopWhen: stepCountIs(3) })
const prompt = 'Weather in Oslo?'
const about = { agentId: 'forecaster', sessionId: 's-1', runId: 'r-1', userId: 'maya', input: prompt }

const actionsIn = async (storage: Storage) => (await storage.audit.read()).items.map(({ action }) => action)

describe('the AI SDK', () => {
  it('tells generateText to a session: its messages, tokens and model, and that it ended', async () => {
    const storage = await storageOn('sqlite')
    const { sessions } = hooksOn(storage)
    await generateText({ ...settings(), prompt, ...sessions.aiSdk(about) })
    expect(await storage.sessions.run('r-1')).toMatchObject({
      sessionId: 's-1',
      agentId: 'forecaster',
      userId: 'maya',
      provider: 'mock',
      model: 'large',
      status: 'completed',
      input: prompt,
      output: 'Snow.',
      messages: [{ role: 'assistant' }, { role: 'tool' }, { role: 'assistant' }],
      usage: { promptTokens: 60, completionTokens: 18, cacheReadTokens: 40, reasoningTokens: 8 },
    })
  })

  it('tells the audit which tools were called', async () => {
    const storage = await storageOn('sqlite')
    const { audit } = hooksOn(storage)
    await generateText({ ...settings(), prompt, ...audit.aiSdk(about) })
    expect((await storage.audit.read()).items).toMatchObject([
      { actor: 'forecaster', outcome: 'completed', data: { tools: ['weather'], finishReason: 'stop', model: 'large' } },
    ])
  })

  it('tells of a run that waits for a person, and of its end', async () => {
    const storage = await storageOn('sqlite')
    const { sessions } = hooksOn(storage)
    const asking = { ...settings(), tools: { weather: tool({ ...weather, needsApproval: true }) } }
    await generateText({ ...asking, prompt, ...sessions.aiSdk(about) })
    expect(await storage.sessions.run('r-1')).toMatchObject({ status: 'paused' })
    await generateText({ ...settings(), prompt, ...sessions.aiSdk(about) })
    expect(await storage.sessions.run('r-1')).toMatchObject({ status: 'completed', seq: 1 })
  })

  it('holds a stream until it is written', async () => {
    const storage = await storageOn('sqlite')
    const { audit } = hooksOn(storage)
    const { textStream } = streamText({ ...settings(), prompt, ...audit.aiSdk(about) })
    for await (const _ of textStream);
    expect(await actionsIn(storage)).toEqual(['agent.run'])
  })

  it('tells of a stream that was aborted', async () => {
    const storage = await storageOn('sqlite')
    const { audit } = hooksOn(storage, { background: true })
    const abortSignal = AbortSignal.abort()
    const { fullStream } = streamText({ ...settings(), prompt, abortSignal, ...audit.aiSdk(about) })
    for await (const _ of fullStream);
    await audit.flush()
    expect((await storage.audit.read()).items).toMatchObject([{ outcome: 'cancelled' }])
  })

  it('tells of an agent, which says of each call what it is about', async () => {
    const storage = await storageOn('sqlite')
    const { sessions } = hooksOn(storage)
    const agent = new ToolLoopAgent({
      ...settings(),
      ...sessions.aiSdk((end) => ({ ...about, model: end.steps?.[0]?.model?.modelId })),
    })
    await agent.generate({ prompt })
    expect(await storage.sessions.run('r-1')).toMatchObject({ model: 'large', output: 'Snow.' })
  })

  it('tells of a stream of messages for a user interface', async () => {
    const storage = await storageOn('sqlite')
    const { sessions } = hooksOn(storage)
    const asked: UIMessage = { id: 'm-1', role: 'user', parts: [{ type: 'text', text: prompt }] }
    const result = streamText({ ...settings(), prompt })
    await result.toUIMessageStreamResponse({ originalMessages: [asked], ...sessions.aiSdk(about) }).text()
    expect(await storage.sessions.run('r-1')).toMatchObject({
      status: 'completed',
      messages: [{ id: 'm-1' }, { role: 'assistant' }],
      output: { role: 'assistant' },
    })
  })

  it('gives no answer without its record where the result is told', async () => {
    const { audit } = hooksOn(failing(await storageOn('sqlite'), 1_000, 'before'), { required: true, deadline: 50 })
    const result = await generateText({ ...settings(), prompt })
    await expect(audit(aiSdkRun(result, about))).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('is not told by what it ignores', async () => {
    const { audit } = hooksOn(await storageOn('sqlite'), { required: true })
    expect(() => audit.aiSdk()).toThrow('ignores what its callbacks throw')
  })

  it('goes on where what it is about throws', async () => {
    const { audit, told } = hooksOn(await storageOn('sqlite'))
    const socket = audit.aiSdk(() => {
      throw new Error('nobody knows')
    })
    expect((await generateText({ ...settings(), prompt, ...socket })).text).toBe('Snow.')
    expect([audit.counts.failed, told.errors.join()]).toEqual([1, expect.stringContaining('nobody knows')])
  })
})
