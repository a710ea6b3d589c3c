import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateText, jsonSchema, type ModelMessage, stepCountIs, tool } from 'ai'
import { auditHook, compareRuns, openStorage, replayInput, type Storage, sessionHook } from 'freehold'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { supportModel } from '../demo/models.js'
import { runSupportAgent } from '../demo/support-agent.js'
import { startTelemetry } from '../demo/telemetry.js'

let directory: string
let storage: Storage
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'freehold-replay-'))
  storage = await openStorage({ databases: { main: `sqlite:${join(directory, 'agents.db')}` }, migrate: true })
})
afterAll(async () => {
  await storage.close()
  await rm(directory, { recursive: true })
})

/** The demo's agent, with its scripted model. */
async function ask(question?: string): Promise<{ runId: string; reply: string }> {
  const telemetry = startTelemetry(storage.traces)
  const hooks = { audit: auditHook(storage), sessions: sessionHook(storage) }
  const { scene, reply } = await runSupportAgent(storage, hooks, telemetry.tracer, () => {}, question)
  await telemetry.shutdown()
  return { runId: scene.runId, reply }
}

it('a run that is done again from what is stored of it takes the same steps to the same answer', async () => {
  const first = await ask()
  const told = await replayInput(storage, first.runId)
  expect(told).toMatchObject({
    provider: 'mock',
    model: 'support-large',
    messages: [{ role: 'system' }, { role: 'user', content: told.input }],
    state: { known: true },
  })
  expect(told.tools?.map((tool) => tool.function.name)).toEqual([
    'lookup_order',
    'track_shipment',
    'ask_risk_analyst',
    'refund',
  ])
  const second = await ask(told.input as string)
  const { runId: _, sessionId: __, traceId: ___, ...same } = told
  expect(await replayInput(storage, second.runId)).toMatchObject(same)
  const { sameInput, sameOutput, steps } = await compareRuns(storage, first.runId, second.runId)
  expect([second.reply, sameInput, sameOutput]).toEqual([first.reply, true, true])
  expect(steps.length).toBeGreaterThan(15)
  expect(steps.filter(({ a, b }) => a === undefined || b === undefined)).toEqual([])
  expect(steps.filter(({ a }) => a?.kind === 'llm').map((step) => step.sameOutput)).toEqual(Array(6).fill(true))
})

it('a model that is given what is stored of a run, and what its tools gave, comes to the same answer', async () => {
  const { runId, reply } = await ask()
  const { messages, tools = [], prompt, traceId } = await replayInput(storage, runId)
  const { spans } = (await storage.traces.get(traceId!))!
  const given = (name: string) => spans.find((span) => span.kind === 'tool' && span.detail?.tool === name)?.output
  const played = tools.map(({ function: { name, description, parameters } }) => {
    const inputSchema = jsonSchema(parameters!)
    return [name, tool({ description, inputSchema, execute: async () => given(name) })] as const
  })
  const model = supportModel()
  const { text, steps } = await generateText({
    model,
    messages: messages as ModelMessage[],
    allowSystemInMessages: true,
    tools: Object.fromEntries(played),
    stopWhen: stepCountIs(8),
  })
  expect(text).toBe(reply)
  expect(steps.flatMap(({ toolCalls }) => toolCalls.map(({ toolName }) => toolName))).toEqual(
    played.map(([name]) => name),
  )
  expect(model.doGenerateCalls[0]!.prompt).toMatchObject(prompt as object)
})
