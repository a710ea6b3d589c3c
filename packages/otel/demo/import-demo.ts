import { readFile } from 'node:fs/promises'
import { importOtlp } from '@freehold/otel'
import { openStorage, type Storage } from 'freehold'
import { freshFiles } from './files.js'
import { IMPORT_QUERIES, printQueries } from './queries.js'
import { reportTrace } from './report.js'
import { counted, heading, type Print, paint, plain, type Style } from './style.js'

interface File {
  path: string
  text: string
}

/** Whether a file holds no spans, or all that is in it was kept. */
type Outcome = 'empty' | 'partial' | 'whole'

/**
 * Imports OTLP/JSON files and draws their traces. Resolves to whether each of them holds spans and all that is in them was
 * kept.
 *
 * @throws Error when a file cannot be read, before anything is written
 */
export async function importDemo(
  paths: readonly string[],
  directory: string,
  style: Style,
  print: Print,
): Promise<boolean> {
  const files: File[] = []
  for (const path of paths) files.push({ path, text: await textOf(path) })
  await freshFiles(directory, 'import.db')
  const storage = await openStorage({ databases: { demo: `sqlite:${directory}/import.db` }, migrate: true })
  try {
    const outcomes: Outcome[] = []
    for (const file of files) outcomes.push(await importFile(storage, file, style, print))
    const isWhole = outcomes.every((outcome) => outcome === 'whole')
    if (outcomes.every((outcome) => outcome === 'empty')) return isWhole
    print(heading('Ask the file yourself', style))
    printQueries(directory, IMPORT_QUERIES, style, print)
    return isWhole
  } finally {
    await storage.close()
  }
}

/** Of what a directory gives, Node says no path. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error
    throw new Error(`${path} is a directory; give a file`, { cause: error })
  }
}

async function importFile(storage: Storage, { path, text }: File, style: Style, print: Print): Promise<Outcome> {
  const { spans, written, updated, duplicates, rejected, warnings, traceIds } = await importOtlp(storage.traces, text)
  const counts = `${written} written, ${updated} updated, ${counted(duplicates, 'duplicate')}`
  print(`${plain(path)} ${spans === 0 ? 'holds no spans' : `holds ${counted(spans, 'span')}: ${counts}`}`)
  const problems = [...rejected, ...warnings]
  for (const problem of problems) print(paint(plain(`${problem.path}: ${problem.reason}`), 'red', style))
  for (const traceId of traceIds) {
    const trace = await storage.traces.get(traceId)
    if (trace !== null) reportTrace(trace, style, print)
  }
  if (spans === 0) return 'empty'
  return problems.length === 0 ? 'whole' : 'partial'
}
