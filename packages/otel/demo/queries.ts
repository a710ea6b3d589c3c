import { type Print, paint, type Style } from './style.js'

/** A question that the files answer without us. */
export interface Query {
  question: string
  file: string
  sql: string
}

const SPANS = `select kind, name, round((julianday(ended_at) - julianday(started_at)) * 86400000, 1) as ms,
       prompt_tokens, completion_tokens, status
  from freehold_spans order by started_at`

export const DEMO_QUERIES: readonly Query[] = [
  { question: 'What did the agent do, and how long did it take?', file: 'traces.db', sql: SPANS },
  {
    question: 'Which models were called, and for how many tokens?',
    file: 'traces.db',
    sql: `select model, count(*) as calls, sum(prompt_tokens) as prompt, sum(completion_tokens) as completion
  from freehold_spans where kind = 'llm' group by model`,
  },
  {
    question: "What are the session's runs?",
    file: 'sessions.db',
    sql: 'select seq, agent_id, model, status, started_at, ended_at from freehold_runs order by session_id, seq',
  },
  {
    question: 'Who allowed the refund, and was it made?',
    file: 'vault.db',
    sql: `select e.seq, e.type, e.at, e.actor, a.tool, a.args
  from freehold_approval_events e join freehold_approvals a on a.id = e.approval_id order by e.approval_id, e.seq`,
  },
  {
    question: 'What does the audit trail say?',
    file: 'vault.db',
    sql: 'select seq, time, actor, action, outcome, hash from freehold_audit order by stream, seq',
  },
]

export const IMPORT_QUERIES: readonly Query[] = [
  { question: 'Which spans were imported?', file: 'import.db', sql: SPANS },
]

/** Prints each query as a command to paste into a shell. */
export function printQueries(directory: string, queries: readonly Query[], style: Style, print: Print): void {
  for (const { question, file, sql } of queries) {
    print(paint(`\n# ${question}`, 'dim', style))
    print(`sqlite3 -header -column ${directory}/${file} "${sql}"`)
  }
}
