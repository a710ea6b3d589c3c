import type { ByteWriter, SchemaElement } from 'hyparquet-writer'
import { loadInstalled } from '../../installed.js'
import type { ReadRow } from '../read-rows.js'
import { type Cell, type Columns, cellsOf } from './columns.js'

/** Most rows of a group, and most characters of their texts, unless one row alone has more. Both are held while a group fills. */
const MOST_ROWS = 1_000
const MOST_TEXT = 8_388_608

type Library = typeof import('hyparquet-writer')

/** What is in a file so far. */
export interface Written {
  rows: number
  rowGroups: number
  /** Of the last row. */
  cursor?: string
}

/** @throws StoreError `unsupported` when it is not installed */
export function loadParquet(): Promise<Library> {
  return loadInstalled('hyparquet-writer', () => import('hyparquet-writer'))
}

/** A Parquet file, piece by piece: a group of rows each, and what is at its end. Nothing is read before it is asked for. */
export async function* parquetFile(
  { ByteWriter, ParquetWriter }: Library,
  rows: AsyncIterable<ReadRow>,
  columns: Columns,
  written: Written,
): AsyncGenerator<Uint8Array, void> {
  const bytes = new ByteWriter()
  const file = new ParquetWriter({ writer: bytes, schema: schemaOf(columns), createdBy: 'freehold' })
  const write = (group: readonly Cell[][]) => {
    const columnData = columns.map(([name, { kind }], n) => {
      const data = group.map((cells) => cells[n]!.value)
      // The least and the greatest of JSON would stand in the file as a whole, in each group.
      return kind === 'json'
        ? { name, data, encoding: 'PLAIN' as const, statistics: false, offsetIndex: false }
        : { name, data, offsetIndex: false }
    })
    file.write({ columnData, rowGroupSize: group.length })
    written.rowGroups += 1
  }
  let group: Cell[][] = []
  let size = 0
  for await (const { row, cursor } of rows) {
    const cells = cellsOf(row, columns)
    const more = cells.reduce((sum, cell) => sum + cell.size, 0)
    if (group.length > 0 && (group.length >= MOST_ROWS || size + more > MOST_TEXT)) {
      write(group)
      group = []
      size = 0
      yield taken(bytes)
    }
    group.push(cells)
    size += more
    written.rows += 1
    written.cursor = cursor
  }
  if (group.length > 0) write(group)
  file.finish()
  yield taken(bytes)
}

/** What was written since the last time. The writer counts where it is in the file by itself. */
function taken(bytes: ByteWriter): Uint8Array {
  const piece = bytes.getBytes().slice()
  bytes.index = 0
  return piece
}

function schemaOf(columns: Columns): SchemaElement[] {
  const fields = columns.map(
    ([name, { kind }]): SchemaElement => ({ name, repetition_type: 'OPTIONAL', ...TYPES[kind] }),
  )
  return [{ name: 'run', num_children: fields.length }, ...fields]
}

const TYPES: Readonly<Record<Columns[number][1]['kind'], Omit<SchemaElement, 'name'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  integer: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  time: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  },
  json: { type: 'BYTE_ARRAY', converted_type: 'JSON', logical_type: { type: 'JSON' } },
}
