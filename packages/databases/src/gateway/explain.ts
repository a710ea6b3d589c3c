import type { Call } from './command.js'
import { type Document, encode } from './documents.js'
import { MongoError } from './errors.js'

/** The engine's function for the query within each command. */
const FUNCTIONS: Record<string, string> = {
  find: 'find',
  aggregate: 'pipeline',
  count: 'count',
  distinct: 'distinct',
  update: 'update',
  delete: 'delete',
  findAndModify: 'find_and_modify',
}
const WRITES = ['update', 'delete', 'findAndModify']

/** A node of PostgreSQL's plan. */
interface Node {
  'Node Type': string
  'Index Name'?: string
  'Actual Rows'?: number
  Plans?: Node[]
}

interface Plan {
  Plan: Node
  'Execution Time'?: number
}

/** PostgreSQL's plan in the shape that MongoDB's clients look at: which index, if any, and in which stage. */
export async function explain({ engine, request, transaction }: Call): Promise<Document> {
  const inner = request.command.explain as Document
  const name = Object.keys(inner)[0]!
  const source = FUNCTIONS[name]
  if (source === undefined) throw new MongoError(115, `explain of ${name} is not supported`)
  const analyze = String(request.command.verbosity ?? 'queryPlanner') !== 'queryPlanner' && !WRITES.includes(name)
  const spec = name === 'aggregate' ? { cursor: {}, ...inner } : inner
  const row = await engine.row<{ 'QUERY PLAN': [Plan] }>(
    transaction,
    `EXPLAIN (FORMAT JSON, ANALYZE ${analyze}, BUFFERS ${analyze})
     SELECT document FROM documentdb_api_catalog.bson_aggregation_${source}($1::text, $2::bytea)`,
    [request.database, encode(spec)],
  )
  const [plan] = row['QUERY PLAN']
  const stages = stagesOf(plan.Plan)
  const namespace = `${request.database}.${inner[name]}`
  const queryPlanner = { namespace, winningPlan: stages[0] ?? { stage: 'EOF' }, stages, rejectedPlans: [] }
  if (!analyze) return { queryPlanner: { ...queryPlanner, postgres: plan.Plan }, ok: 1 }
  const executionStats = {
    executionSuccess: true,
    nReturned: plan.Plan['Actual Rows'] ?? 0,
    executionTimeMillis: Math.round(plan['Execution Time'] ?? 0),
  }
  return { queryPlanner: { ...queryPlanner, postgres: plan.Plan }, executionStats, ok: 1 }
}

function stagesOf(node: Node): Document[] {
  return [...stageOf(node), ...(node.Plans ?? []).flatMap(stagesOf)]
}

function stageOf(node: Node): Document[] {
  const type = node['Node Type']
  if (node['Index Name'] !== undefined) return [{ stage: 'IXSCAN', indexName: node['Index Name'] }]
  if (/Seq Scan|Custom Scan/.test(type)) return [{ stage: 'COLLSCAN' }]
  if (/Sort/.test(type)) return [{ stage: 'SORT' }]
  return []
}
