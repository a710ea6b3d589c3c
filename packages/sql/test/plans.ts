import type { Engine } from './engines.js'
import type { Prompt, Values } from './prompts.js'

/** How a database goes about a statement. */
export interface Plan {
  /** Tables that are read from end to end. */
  scans: string[]
  /** How often rows are sorted, rather than read in order. */
  sorts: number
  /** Rows that were looked at, where the engine tells. */
  examined?: number
}

export interface Statement {
  sql: string
  bindings: Values
}

interface Explainer {
  /** The statement that brings the statistics of a table up to date. */
  analyse(table: string): string
  plan(prompt: Prompt, statement: Statement): Promise<Plan>
}

/** A part of a plan as JSON: of what it consists, by name. */
type Node = Record<string, unknown>

/** Below so many rows reading a table from end to end is no scan: a partition of a day may be empty. */
const FEW = 50

const isQuery = (sql: string) => /^\s*select\b/i.test(sql)

const sqlite: Explainer = {
  analyse: (table) => `analyze ${table}`,
  async plan(prompt, { sql, bindings }) {
    const rows = await prompt.query(`explain query plan ${sql}`, bindings)
    const details = rows.map((row) => String(row.detail))
    return {
      scans: details.filter((detail) => {
        const name = /^SCAN (?!.*USING (COVERING )?INDEX|.*CONSTANT|.*VALUES)(\S+)/.exec(detail)?.at(-1)
        // What a query within the query gives is read as a whole, and no table.
        return (
          name !== undefined &&
          !details.some((made) => made.endsWith(` ${name}`) && /^(MATERIALIZE|CO-ROUTINE) /.test(made))
        )
      }),
      sorts: details.filter((detail) => /B-TREE FOR.* ORDER BY/.test(detail)).length,
    }
  },
}

const postgres: Explainer = {
  analyse: (table) => `vacuum analyze ${table}`,
  async plan(prompt, { sql, bindings }) {
    const analyze = isQuery(sql) ? 'analyze, timing off, ' : ''
    const [row] = await prompt.query(`explain (${analyze}format json) ${sql}`, bindings)
    const nodes = [...nodesOf((row!['QUERY PLAN'] as Node[])[0]!)].filter((node) => 'Node Type' in node)
    const read = (node: Node) => {
      const each = ['Rows Removed by Filter', 'Rows Removed by Index Recheck'].map((key) => Number(node[key] ?? 0))
      const rows = Number(node['Actual Rows'] ?? (analyze === '' ? node['Plan Rows'] : 0))
      return Number(node['Actual Loops'] ?? 1) * (rows + each[0]! + each[1]!)
    }
    const reading = nodes.filter((node) => 'Relation Name' in node && node['Node Type'] !== 'ModifyTable')
    return {
      scans: reading
        .filter((node) => node['Node Type'] === 'Seq Scan' && read(node) > FEW)
        .map((node) => String(node['Relation Name'])),
      sorts: nodes.filter((node) => /Sort$/.test(String(node['Node Type']))).length,
      examined: analyze === '' ? undefined : reading.reduce((sum, node) => sum + read(node), 0),
    }
  },
}

/** One line of the tree that MySQL prints, such as `-> Table scan on t  (cost=…) (actual time=… rows=5 loops=1)`. */
const mysqlServer: Explainer = {
  analyse: (table) => `analyze table ${table}`,
  async plan(prompt, { sql, bindings }) {
    const [row] = await prompt.query(`explain ${isQuery(sql) ? 'analyze ' : ''}format=tree ${sql}`, bindings)
    const lines = String(Object.values(row!)[0]).split('\n')
    const rowsOf = (line: string) => {
      const [, rows, loops] = /\(actual time=\S+ rows=(\S+) loops=(\S+)\)/.exec(line) ?? []
      return rows === undefined ? undefined : Number(rows) * Number(loops)
    }
    // What a query within the query gives is read as a whole, and no table.
    const isMade = (place: number) => /-> Materialize/.test(lines[place + 1] ?? '')
    const reading = lines.filter(
      (line, place) => /(scan|lookup|Rows fetched|search).* on (?!<temporary>)/.test(line) && !isMade(place),
    )
    return {
      scans: reading.filter((line) => /Table scan on/.test(line) && (rowsOf(line) ?? FEW + 1) > FEW),
      sorts: lines.filter((line) => /-> Sort/.test(line)).length,
      examined: isQuery(sql) ? reading.reduce((sum, line) => sum + (rowsOf(line) ?? 0), 0) : undefined,
    }
  },
}

const mariadb: Explainer = {
  analyse: (table) => `analyze table ${table}`,
  async plan(prompt, { sql, bindings }) {
    const [row] = await prompt.query(`${isQuery(sql) ? 'analyze' : 'explain'} format=json ${sql}`, bindings)
    const nodes = [...nodesOf(JSON.parse(String(Object.values(row!)[0])) as Node)]
    const tables = nodes.filter((node) => 'access_type' in node && !/^</.test(String(node.table_name)))
    const read = (node: Node) => Number(node.r_rows ?? 0) * Number(node.r_loops ?? 1)
    return {
      scans: tables
        .filter((node) => node.access_type === 'ALL' && !(read(node) <= FEW && 'r_rows' in node))
        .map((node) => String(node.table_name)),
      sorts: nodes.filter((node) => 'filesort' in node).length,
      examined: isQuery(sql) ? tables.reduce((sum, node) => sum + read(node), 0) : undefined,
    }
  },
}

function* nodesOf(node: unknown): Generator<Node> {
  if (typeof node !== 'object' || node === null) return
  if (!Array.isArray(node)) yield node as Node
  for (const child of Object.values(node)) yield* nodesOf(child)
}

export function explainerOf({ name, family }: Engine): Explainer {
  if (family === 'sqlite') return sqlite
  if (family === 'postgres') return postgres
  return name === 'MariaDB' ? mariadb : mysqlServer
}
