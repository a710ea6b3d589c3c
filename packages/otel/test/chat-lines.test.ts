import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { generateText, stepCountIs, tool } from 'ai'
import { MockLanguageModelV3 } from 'ai/test'
import { type ChatLine, exportRuns, openStorage, type Storage } from 'freehold'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { FreeholdSpanProcessor, importOtlp } from '../src/index.js'
import { agentTracer } from '../src/manual/index.js'

const FIXTURES = fileURLToPath(new URL('fixtures/framework-traces/', import.meta.url))

let directory: string
let storage: Storage
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'freehold-'))
  storage = await openStorage({ databases: { main: `sqlite:${join(directory, 'agents.db')}` }, migrate: true })
  await storage.sessions.save({ id: 'chat', type: 'agent' })
})
afterEach(async () => {
  await storage.close()
  await rm(directory, { recursive: true })
})

async function lineOf(traceId: string): Promise<ChatLine | string | undefined> {
  await storage.sessions.appendRun({ id: traceId, sessionId: 'chat', traceId })
  for await (const one of exportRuns(storage, { form: 'chat', query: { traceId }, provenance: false }))
    return one.line === undefined ? one.skipped : (JSON.parse(one.line) as ChatLine)
  return undefined
}

/** The conversation of the first trace in a file. */
async function lineOfFile(name: string): Promise<ChatLine | string | undefined> {
  const { traceIds } = await importOtlp(storage.traces, await readFile(join(FIXTURES, name), 'utf8'))
  return lineOf(traceIds[0]!)
}

const usage = {
  inputTokens: { total: 30, noCache: 10, cacheRead: 20, cacheWrite: 0 },
  outputTokens: { total: 9, text: 5, reasoning: 4 },
}

describe('a chat line', () => {
  it('is what the AI SDK told of its calls', async () => {
    const provider = new BasicTracerProvider({ spanProcessors: [new FreeholdSpanProcessor(storage.traces)] })
    const call = { type: 'tool-call', toolCallId: 'c1', toolName: 'weather', input: '{"city":"Oslo"}' } as const
    const text = (said: string) => ({ type: 'text', text: said }) as const
    const model = new MockLanguageModelV3({
      doGenerate: [
        {
          content: [text('One moment.'), call],
          finishReason: { unified: 'tool-calls', raw: undefined },
          usage,
          warnings: [],
        },
        { content: [text('Snow.')], finishReason: { unified: 'stop', raw: undefined }, usage, warnings: [] },
      ],
    })
    await generateText({
      model,
      system: 'Be brief.',
      prompt: 'Weather in Oslo?',
      tools: {
        weather: tool({
          description: 'Looks up the weather',
          inputSchema: z.object({ city: z.string() }),
          execute: async () => ({ sky: 'snow' }),
        }),
      },
      stopWhen: stepCountIs(3),
      experimental_telemetry: { isEnabled: true, tracer: provider.getTracer('ai') },
    })
    await provider.shutdown()
    const { items } = await storage.traces.find()
    expect(await lineOf(items[0]!.traceId)).toEqual({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather in Oslo?' },
        {
          role: 'assistant',
          content: 'One moment.',
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }],
        },
        { role: 'tool', content: '{"sky":"snow"}', tool_call_id: 'c1' },
        { role: 'assistant', content: 'Snow.' },
      ],
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            description: 'Looks up the weather',
            parameters: expect.objectContaining({ type: 'object', required: ['city'] }),
          },
        },
      ],
    })
  })

  it('is what was told by hand', async () => {
    const provider = new BasicTracerProvider({ spanProcessors: [new FreeholdSpanProcessor(storage.traces)] })
    const spans = agentTracer(provider.getTracer('hand'))
    const input = [{ role: 'user', content: 'Weather in Oslo?' }]
    await spans.llm({ model: 'large', input }, async (span) => span.set({ output: 'Snow.' }))
    await provider.shutdown()
    const { items } = await storage.traces.find()
    expect(await lineOf(items[0]!.traceId)).toEqual({ messages: [...input, { role: 'assistant', content: 'Snow.' }] })
  })

  it('is what OpenAI Agents told', async () => {
    const line = (await lineOfFile('openai-agents-2025-09-30.otlp.json')) as ChatLine
    expect(line.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'assistant'])
    expect(line.messages[2]).toEqual({
      role: 'assistant',
      content: null,
      tool_calls: [
        {
          id: 'call_Kud0j0DxWSmLzv9W5m6qVqXn',
          type: 'function',
          function: { name: 'get_weather', arguments: '{"city":"Tokyo"}' },
        },
      ],
    })
    expect(line.tools?.map((one) => one.function.name)).toEqual(['get_weather'])
    expect(line.parallel_tool_calls).toBe(true)
  })

  it('is what Google ADK and CrewAI told', async () => {
    const adk = (await lineOfFile('google-adk-2025-08-28.otlp.json')) as ChatLine
    expect(adk.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'assistant'])
    expect(adk.tools).toEqual([{ type: 'function', function: { name: 'say_hello' } }])
    const crew = (await lineOfFile('crewai-2025-07-11.otlp.json')) as ChatLine
    expect(crew.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant'])
  })

  it('is not made of what a framework left out or printed', async () => {
    expect(await lineOfFile('vercel-aisdk-2025-11-17.otlp.json')).toBe('no_conversation')
    expect(await lineOfFile('microsoft-agent-2025-12-17.otlp.json')).toBe('no_conversation')
  })
})
