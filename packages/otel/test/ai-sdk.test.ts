import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { embed, generateText, stepCountIs, streamText, tool } from 'ai'
import { convertArrayToReadableStream, MockEmbeddingModelV3, MockLanguageModelV3 } from 'ai/test'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { FreeholdSpanProcessor } from '../src/index.js'
import { MemoryWriter } from './support/memory-writer.js'

const usage = {
  inputTokens: { total: 30, noCache: 10, cacheRead: 20, cacheWrite: 0 },
  outputTokens: { total: 9, text: 5, reasoning: 4 },
}
const toolCall = { type: 'tool-call', toolCallId: 'call-1', toolName: 'weather', input: '{"city":"Oslo"}' } as const

function setUp() {
  const writer = new MemoryWriter()
  const provider = new BasicTracerProvider({ spanProcessors: [new FreeholdSpanProcessor(writer)] })
  const experimental_telemetry = {
    isEnabled: true,
    tracer: provider.getTracer('ai'),
    functionId: 'forecaster',
    metadata: { userId: 'maya', sessionId: 's-1' },
  }
  return { writer, provider, experimental_telemetry }
}

async function askForWeather(execute: () => Promise<string>): Promise<MemoryWriter> {
  const { writer, provider, experimental_telemetry } = setUp()
  const model = new MockLanguageModelV3({
    provider: 'mock',
    modelId: 'large',
    doGenerate: [
      { content: [toolCall], finishReason: { unified: 'tool-calls', raw: undefined }, usage, warnings: [] },
      {
        content: [{ type: 'text', text: 'Snow.' }],
        finishReason: { unified: 'stop', raw: undefined },
        usage,
        warnings: [],
      },
    ],
  })
  const weather = tool({ inputSchema: z.object({ city: z.string() }), execute })
  await generateText({
    model,
    prompt: 'Weather in Oslo?',
    temperature: 0.5,
    tools: { weather },
    stopWhen: stepCountIs(3),
    experimental_telemetry,
  })
  await provider.shutdown()
  return writer
}

describe('the Vercel AI SDK', () => {
  it('writes a run, its model calls and its tool calls', async () => {
    const { spans } = await askForWeather(async () => 'snow')
    expect([...spans.values()].map((span) => span.kind).sort()).toEqual(['llm', 'llm', 'run', 'tool'])
  })

  it('writes the details of a model call', async () => {
    const { spans } = await askForWeather(async () => 'snow')
    expect([...spans.values()].find((span) => span.kind === 'llm')).toMatchObject({
      detail: {
        provider: 'mock',
        model: 'large',
        temperature: 0.5,
        promptTokens: 30,
        completionTokens: 9,
        cacheReadTokens: 20,
        reasoningTokens: 4,
        finishReason: 'tool-calls',
        toolCalls: [{ toolCallId: 'call-1', toolName: 'weather' }],
      },
    })
  })

  it('writes the details of a tool call', async () => {
    const { spans } = await askForWeather(async () => 'snow')
    expect([...spans.values()].find((span) => span.kind === 'tool')?.detail).toEqual({
      tool: 'weather',
      callId: 'call-1',
      arguments: { city: 'Oslo' },
      result: 'snow',
    })
  })

  it('writes the exception of a tool that failed', async () => {
    const { spans } = await askForWeather(() => Promise.reject(new RangeError('no station')))
    expect([...spans.values()].find((span) => span.kind === 'tool')).toMatchObject({
      status: 'error',
      error: { type: 'RangeError', message: 'no station' },
      detail: { exception: { type: 'RangeError', message: 'no station' } },
    })
  })

  it('writes the owners on every span', async () => {
    const { spans } = await askForWeather(async () => 'snow')
    const owners = { userId: 'maya', sessionId: 's-1', agentId: 'forecaster' }
    expect([...spans.values()]).toEqual(Array.from({ length: 4 }, () => expect.objectContaining(owners)))
  })

  it('writes the input and the output of a run', async () => {
    const { spans } = await askForWeather(async () => 'snow')
    expect([...spans.values()].find((span) => span.kind === 'run')).toMatchObject({
      input: { prompt: 'Weather in Oslo?' },
      output: 'Snow.',
    })
  })

  it('writes the time to the first chunk of a stream', async () => {
    const { writer, provider, experimental_telemetry } = setUp()
    const model = new MockLanguageModelV3({
      doStream: {
        stream: convertArrayToReadableStream([
          { type: 'stream-start', warnings: [] },
          { type: 'text-start', id: '1' },
          { type: 'text-delta', id: '1', delta: 'Snow.' },
          { type: 'text-end', id: '1' },
          { type: 'finish', finishReason: { unified: 'stop', raw: undefined }, usage },
        ]),
      },
    })
    await streamText({ model, prompt: 'Weather?', experimental_telemetry }).consumeStream()
    await provider.shutdown()
    expect(writer.named('ai.streamText.doStream')?.detail).toMatchObject({
      promptTokens: 30,
      timeToFirstToken: expect.any(Number),
    })
  })

  it('counts an embedding once', async () => {
    const { writer, provider, experimental_telemetry } = setUp()
    const model = new MockEmbeddingModelV3({ doEmbed: { embeddings: [[1, 2]], usage: { tokens: 3 }, warnings: [] } })
    await embed({ model, value: 'snow', experimental_telemetry })
    await provider.shutdown()
    const counted = [...writer.spans.values()].filter((span) => span.kind === 'llm')
    expect(counted.map((span) => span.detail?.promptTokens)).toEqual([3])
  })
})
