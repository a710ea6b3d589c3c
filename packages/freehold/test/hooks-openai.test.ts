import { Agent, type Model, type ModelResponse, Runner, tool, Usage } from '@openai/agents'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failing, hooksOn, storageOn } from './support/hooked.js'

const usage = () => new Usage({ inputTokens: 30, outputTokens: 9, totalTokens: 39, requests: 1 })

/** A model without a network, which calls the tool and then answers. */
function model(): Model {
  const turns: ModelResponse['output'][] = [
    [{ type: 'function_call', callId: 'call-1', name: 'weather', arguments: '{"city":"Oslo"}', status: 'completed' }],
    [
      {
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Snow.' }],
      },
    ],
  ]
  return {
    getResponse: async () => ({ output: turns.shift()!, usage: usage() }),
    getStreamedResponse: () => {
      throw new Error('no stream is asked for')
    },
  }
}

const weather = tool({
  name: 'weather',
  description: 'Tells the weather',
  parameters: z.object({ city: z.string() }),
  execute: async () => 'snow',
})

const forecaster = () => new Agent({ name: 'forecaster', model: model(), tools: [weather] })
const about = { sessionId: 's-1', runId: 'r-1', model: 'large' }
const prompt = 'Weather in Oslo?'

describe('the OpenAI Agents SDK', () => {
  it('tells of tools and of the answer, by a runner', async () => {
    const storage = await storageOn('sqlite')
    const { audit } = hooksOn(storage, { background: true })
    const runner = new Runner({ tracingDisabled: true })
    audit.openaiAgents(runner, about)
    await runner.run(forecaster(), prompt)
    await audit.flush()
    expect((await storage.audit.read({ stream: 'main' })).items.reverse()).toMatchObject([
      { actor: 'forecaster', action: 'agent.tool', target: 'weather', data: { toolCallId: 'call-1' } },
      { actor: 'forecaster', action: 'agent.run', outcome: 'completed', data: { tools: ['weather'], model: 'large' } },
    ])
  })

  it('tells a session what was asked and answered, by an agent', async () => {
    const storage = await storageOn('sqlite')
    const { sessions } = hooksOn(storage, { background: true })
    const agent = forecaster()
    sessions.openaiAgents(agent, about)
    await new Runner({ tracingDisabled: true }).run(agent, prompt)
    await sessions.flush()
    expect(await storage.sessions.run('r-1')).toMatchObject({
      agentId: 'forecaster',
      status: 'completed',
      input: [{ role: 'user', content: prompt }],
      output: 'Snow.',
      usage: { promptTokens: 60, completionTokens: 18 },
    })
  })

  it('is not told when nobody listens any more', async () => {
    const { audit } = hooksOn(await storageOn('sqlite'), { background: true })
    const runner = new Runner({ tracingDisabled: true })
    const stop = audit.openaiAgents(runner, about)
    stop()
    await runner.run(forecaster(), prompt)
    expect(audit.counts.calls).toBe(0)
  })

  it('holds the answer until it is written, by a guardrail', async () => {
    const storage = await storageOn('sqlite')
    const { audit, sessions } = hooksOn(storage)
    const outputGuardrails = [audit.openaiGuardrail(about), sessions.openaiGuardrail(about)]
    const runner = new Runner({ tracingDisabled: true, outputGuardrails })
    const { finalOutput } = await runner.run(forecaster(), prompt)
    expect(finalOutput).toBe('Snow.')
    expect((await storage.audit.read()).items).toMatchObject([{ actor: 'forecaster', outcome: 'completed' }])
    expect(await storage.sessions.run('r-1')).toMatchObject({
      output: 'Snow.',
      messages: [{ type: 'function_call' }, { type: 'function_call_result' }, { role: 'assistant' }],
    })
  })

  it('gives no answer without its record where that is required', async () => {
    const { audit } = hooksOn(failing(await storageOn('sqlite'), 1_000, 'before'), { required: true, deadline: 50 })
    const runner = new Runner({ tracingDisabled: true, outputGuardrails: [audit.openaiGuardrail(about)] })
    await expect(runner.run(forecaster(), prompt)).rejects.toThrow('the database is away')
  })

  it('answers though the hook fails', async () => {
    const { sessions } = hooksOn(await storageOn('sqlite'), { background: true })
    const runner = new Runner({ tracingDisabled: true })
    sessions.openaiAgents(runner, () => {
      throw new Error('nobody knows')
    })
    expect((await runner.run(forecaster(), prompt)).finalOutput).toBe('Snow.')
    expect(sessions.counts).toMatchObject({ calls: 2, failed: 2 })
  })

  it('does not hold the answer for those who listen', async () => {
    const { audit } = hooksOn(await storageOn('sqlite'))
    expect(() => audit.openaiAgents(new Runner({ tracingDisabled: true }))).toThrow('nobody awaits a listener')
  })
})
