import { newId } from '@freehold/contract'
import { generateText } from 'ai'
import { aiSdkRun } from 'freehold'
import { after } from './hooks.js'
import { riskModel } from './models.js'
import { type Scene, telemetryOf } from './scene.js'

const AGENT = 'risk-analyst'

/** Delegates a question to a second agent: a run of its own, below the run of the first. */
export function askRiskAnalyst(scene: Scene, question: string): Promise<string> {
  const model = riskModel()
  const startedAt = Date.now()
  return scene.spans.delegate({ member: AGENT, mode: 'route', input: question }, async ({ otel }) => {
    const runId = newId()
    const result = await generateText({
      model,
      prompt: question,
      experimental_telemetry: telemetryOf(scene, AGENT, runId),
    })
    const { traceId } = otel.spanContext()
    const about = {
      agentId: AGENT,
      sessionId: scene.sessionId,
      runId,
      parentRunId: scene.runId,
      traceId,
      input: question,
    }
    await after(scene, 'append-run', scene.sessions, aiSdkRun(result, { ...about, startedAt }))
    return result.text
  })
}
