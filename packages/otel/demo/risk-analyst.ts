import { newId } from '@freehold/contract'
import { generateText } from 'ai'
import { riskModel } from './models.js'
import { type Scene, telemetryOf } from './scene.js'

const AGENT = 'risk-analyst'

/** Delegates a question to a second agent: a run of its own, below the run of the first. */
export function askRiskAnalyst(scene: Scene, question: string): Promise<string> {
  const model = riskModel()
  return scene.spans.delegate({ member: AGENT, mode: 'route', input: question }, async ({ otel }) => {
    const run = await scene.storage.sessions.appendRun({
      id: newId(),
      sessionId: scene.sessionId,
      parentRunId: scene.runId,
      agentId: AGENT,
      provider: model.provider,
      model: model.modelId,
      status: 'running',
      traceId: otel.spanContext().traceId,
      input: question,
    })
    const { text, usage } = await generateText({
      model,
      prompt: question,
      experimental_telemetry: telemetryOf(scene, AGENT, run.id),
    })
    await scene.storage.sessions.updateRun(run.id, {
      status: 'completed',
      output: text,
      usage: { promptTokens: usage.inputTokens, completionTokens: usage.outputTokens },
      endedAt: Date.now(),
    })
    return text
  })
}
