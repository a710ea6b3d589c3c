import { newId, type Storage } from '@freehold/contract'
import { agentTracer } from '@freehold/otel/manual'
import type { Tracer } from '@opentelemetry/api'
import { generateText, type LanguageModel, type LanguageModelUsage, type ModelMessage, stepCountIs } from 'ai'
import { after, checkPromises, redactCardNumbers } from './hooks.js'
import { supportModel } from './models.js'
import { findPolicies } from './policies.js'
import { decideAsReviewer, type RefundArguments, requestApproval } from './refund.js'
import { QUESTION, type Scene, telemetryOf } from './scene.js'
import type { Print } from './style.js'
import { toolsOf } from './tools.js'

export interface Outcome {
  scene: Scene
  traceId: string
  approvalId: string
  reply: string
}

/** One question to the support agent, from the session it opens to the answer that passed the last hook. */
export async function runSupportAgent(
  storage: Storage,
  hooks: Pick<Scene, 'audit' | 'sessions'>,
  tracer: Tracer,
  print: Print,
  asked = QUESTION,
): Promise<Outcome> {
  const scene: Scene = {
    ...hooks,
    storage,
    tracer,
    spans: agentTracer(tracer),
    print,
    sessionId: newId(),
    userId: 'maya',
    agentId: 'support',
    runId: newId(),
  }
  const { sessionId, userId, agentId, runId } = scene
  const model = supportModel()
  await storage.sessions.save({ id: sessionId, type: 'agent', agentId, userId, name: 'Broken headphones' })
  return scene.spans.run({ name: 'Support', agentId, sessionId, userId, runId }, async (span) => {
    const { traceId } = span.otel.spanContext()
    const question = await redactCardNumbers(scene, asked)
    span.set({ input: [{ role: 'user', content: question }] })
    await storage.sessions.appendRun({
      id: runId,
      sessionId,
      provider: model.provider,
      model: model.modelId,
      status: 'running',
      traceId,
      input: question,
    })
    const { reply, approvalId, usage } = await answer(scene, model, question)
    await checkPromises(scene, reply)
    span.set({ output: [{ role: 'assistant', content: reply }] })
    const done = { type: 'run', status: 'completed', agentId, sessionId, runId, traceId, output: reply, usage } as const
    await after(scene, 'end-run', scene.sessions, done)
    await after(scene, 'audit', scene.audit, done)
    return { scene, traceId, approvalId, reply }
  })
}

/** The model and its tools, twice: up to the tool call that needs a person, and on from there. */
async function answer(scene: Scene, model: LanguageModel, question: string) {
  const policies = await findPolicies(scene, question)
  const approval = { id: '' }
  const settings = {
    model,
    system: `You help the customers of a shop. Its policies:\n${policies}`,
    tools: toolsOf(scene, approval),
    stopWhen: stepCountIs(8),
    experimental_telemetry: telemetryOf(scene, scene.agentId, scene.runId),
  }
  const messages: ModelMessage[] = [{ role: 'user', content: question }]
  const before = await generateText({ ...settings, messages })
  const request = before.content.find((part) => part.type === 'tool-approval-request')
  if (request === undefined) throw new Error('the model was expected to ask for a refund')
  const { toolCallId, input } = request.toolCall
  approval.id = (await requestApproval(scene, toolCallId, input as RefundArguments)).id
  const { status, resolution } = await decideAsReviewer(scene, approval.id)
  messages.push(...before.response.messages, {
    role: 'tool',
    content: [
      {
        type: 'tool-approval-response',
        approvalId: request.approvalId,
        approved: status === 'approved',
        reason: resolution?.reason,
      },
    ],
  })
  const after = await generateText({ ...settings, messages })
  return { reply: after.text, approvalId: approval.id, usage: usageOf(before.totalUsage, after.totalUsage) }
}

function usageOf(...parts: LanguageModelUsage[]) {
  const sum = (read: (usage: LanguageModelUsage) => number | undefined): number =>
    parts.reduce((total, usage) => total + (read(usage) ?? 0), 0)
  return {
    promptTokens: sum((usage) => usage.inputTokens),
    completionTokens: sum((usage) => usage.outputTokens),
    cacheReadTokens: sum((usage) => usage.inputTokenDetails.cacheReadTokens),
  }
}
