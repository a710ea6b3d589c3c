import { describe, expect, test } from 'vitest'
import { dialectOf } from '../src/dialects/index.js'
import { createTable, dropTable, type Table } from '../src/schema.js'

const TABLE: Table = {
  name: 'calls',
  columns: { tenant: 'id', id: 'id', run: 'id?', tool: 'name' },
  key: ['tenant', 'id'],
  unique: [['tenant', 'run']],
  indexes: [['tenant', 'tool', 'run']],
}
const SQLITE = dialectOf('sqlite:a.db')
const MYSQL = dialectOf('mysql://db/agents')
const POSTGRES = dialectOf('postgres://db/agents')

describe('the statements that make a table', () => {
  test('name its index by what it is by, after the tenant', () => {
    expect(createTable(SQLITE, 'f_', TABLE)).toEqual([
      'create table if not exists "f_calls" ("tenant" text not null, "id" text not null, "run" text, "tool" text not null, ' +
        'primary key ("tenant", "id"), unique ("tenant", "run"))',
      'create index if not exists "f_calls_by_tool_run" on "f_calls" ("tenant", "tool", "run")',
    ])
  })

  test('name its index without the schema, which it shares with the table', () => {
    expect(createTable(POSTGRES, 'app.f_', TABLE)[1]).toBe(
      'create index if not exists "f_calls_by_tool_run" on "app"."f_calls" ("tenant", "tool", "run")',
    )
  })

  test('have the index within where the engine cannot make one unless it is there', () => {
    const statements = createTable(MYSQL, 'f_', TABLE)
    expect(statements).toHaveLength(1)
    expect(statements[0]).toMatch(
      /, unique \(`tenant`, `run`\), key `f_calls_by_tool_run` \(`tenant`, `tool`, `run`\)\) engine=InnoDB row_format=dynamic$/,
    )
  })

  test('are one for a table of no index', () => {
    const { indexes: _, ...plain } = TABLE
    for (const dialect of [SQLITE, MYSQL, POSTGRES]) expect(createTable(dialect, '', plain)).toHaveLength(1)
  })
})

test('what a table was made with is dropped with it', () => {
  const [table, appendOnly] = [TABLE, { ...TABLE, appendOnly: true } as const]
  expect(dropTable(POSTGRES, 'f_', table)).toEqual(['drop table if exists "f_calls"'])
  expect(dropTable(POSTGRES, 'f_', appendOnly)).toEqual([
    'drop table if exists "f_calls"',
    'drop function if exists "f_calls_refuse"()',
  ])
})
