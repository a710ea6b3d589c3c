import type { ApprovalEvent, RunSummary, Storage, Trace, Verification } from '@freehold/contract'
import { drawTrace, duration } from './draw.js'
import { counted, fit, heading, type Print, paint, plain, type Style } from './style.js'

export function reportTrace(trace: Trace, style: Style, print: Print): void {
  print(heading(`Trace ${trace.summary.traceId}`, style))
  print(paint(summaryOf(trace), 'dim', style))
  print(drawTrace(trace, style))
}

function summaryOf({ summary }: Trace): string {
  const { prompt, completion, cacheRead } = summary.tokens
  return [
    plain(summary.name),
    counted(summary.spans, 'span'),
    duration(summary.startedAt, summary.endedAt),
    `${prompt} → ${completion} tokens${cacheRead > 0 ? ` (${cacheRead} cached)` : ''}`,
    summary.status,
    ...Object.entries({ user: summary.userId, session: summary.sessionId, agent: summary.agentId })
      .filter(([, id]) => id !== undefined)
      .map(([owner, id]) => `${owner} ${plain(String(id))}`),
  ].join(' · ')
}

export async function reportRuns(storage: Storage, sessionId: string, style: Style, print: Print): Promise<void> {
  const { items } = await storage.sessions.runs({ sessionId })
  print(heading(`Runs of session ${sessionId}`, style))
  for (const run of items.toReversed()) print(runLine(run))
}

function runLine(run: RunSummary): string {
  const { promptTokens = 0, completionTokens = 0 } = run.usage ?? {}
  return [
    fit(`#${run.seq}`, 3),
    fit(run.agentId ?? '', 14),
    fit(run.model ?? '', 14),
    fit(run.status, 10),
    fit(duration(run.startedAt, run.endedAt), 9, 'right'),
    fit(`${promptTokens} → ${completionTokens}`, 12, 'right'),
    run.parentRunId === undefined ? '' : `below ${run.parentRunId}`,
  ]
    .join('  ')
    .trimEnd()
}

const STATES: Partial<Record<ApprovalEvent['type'], string>> = { requested: 'pending' }

export async function reportApproval(storage: Storage, id: string, style: Style, print: Print): Promise<void> {
  const approval = await storage.approvals.get(id)
  if (approval === null) throw new Error(`approval ${id} was not written`)
  const { items } = await storage.approvals.events(id)
  const events = items.filter((event) => event.type !== 'voted')
  print(heading(`Approval ${id}`, style))
  print(paint(`${approval.tool} ${JSON.stringify(approval.args)}`, 'dim', style))
  for (const event of events) {
    const state = paint(
      fit(STATES[event.type] ?? event.type, 9),
      event.type === 'requested' ? 'yellow' : 'green',
      style,
    )
    print([timeOf(event.at), state, event.by ?? approval.requestedBy ?? '', event.reason ?? ''].join('  ').trimEnd())
  }
}

export async function reportAudit(storage: Storage, style: Style, print: Print): Promise<void> {
  const { items } = await storage.audit.read()
  print(heading('Audit chain', style))
  for (const entry of items.toReversed()) {
    const hash = paint(`${entry.hash.slice(0, 12)} ← ${entry.previousHash.slice(0, 12)}`, 'dim', style)
    const columns = [fit(`#${entry.seq}`, 3), timeOf(entry.time), fit(entry.action, 16), fit(entry.outcome ?? '', 9)]
    print([...columns, fit(entry.actor, 18), hash].join('  '))
  }
  print(verdictOf(await storage.audit.verify(), style))
}

function verdictOf(verification: Verification, style: Style): string {
  if (verification.status === 'ok') return paint(`verified: ${verification.entries} entries, whole`, 'green', style)
  return paint(`TAMPERED at entry ${verification.seq}: ${verification.detail}`, 'red', style)
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(11, 23)
}
