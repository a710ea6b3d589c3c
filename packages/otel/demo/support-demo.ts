import { rm } from 'node:fs/promises'
import { auditHook, openStorage, sessionHook } from 'freehold'
import { freshFiles } from './files.js'
import { DEMO_QUERIES, printQueries } from './queries.js'
import { reportApproval, reportAudit, reportRuns, reportTrace } from './report.js'
import { heading, type Print, type Style } from './style.js'
import { runSupportAgent } from './support-agent.js'
import { startTelemetry } from './telemetry.js'

/** Runs the support agent over three databases, and shows what each of them holds then. */
export async function supportDemo(directory: string, style: Style, print: Print): Promise<void> {
  const spool = { directory: `${directory}/spool` }
  await freshFiles(directory, 'traces.db', 'sessions.db', 'vault.db')
  await rm(spool.directory, { recursive: true, force: true })
  const storage = await openStorage({
    databases: {
      traces: `sqlite:${directory}/traces.db`,
      sessions: `sqlite:${directory}/sessions.db`,
      vault: `sqlite:${directory}/vault.db`,
    },
    routes: { traces: 'traces', sessions: 'sessions', approvals: 'vault', audit: 'vault' },
    migrate: true,
  })
  try {
    const telemetry = startTelemetry(storage.traces)
    const hooks = { audit: auditHook(storage, { background: true, spool }), sessions: sessionHook(storage) }
    const outcome = await runSupportAgent(storage, hooks, telemetry.tracer, print)
    await hooks.audit.close()
    await telemetry.shutdown()
    print(`The answer: ${outcome.reply}`)
    const trace = await storage.traces.get(outcome.traceId)
    if (trace !== null) reportTrace(trace, style, print)
    await reportRuns(storage, outcome.scene.sessionId, style, print)
    await reportApproval(storage, outcome.approvalId, style, print)
    await reportAudit(storage, style, print)
    print(heading('Ask the files yourself', style))
    printQueries(directory, DEMO_QUERIES, style, print)
  } finally {
    await storage.close()
  }
}
