import { readFile } from 'node:fs/promises'
import { importOtlp } from '@freehold/otel'
import { openStorage } from 'freehold'
import { freshFiles } from './files.js'
import { IMPORT_QUERIES, printQueries } from './queries.js'
import { reportTrace } from './report.js'
import { heading, type Print, paint, plain, type Style } from './style.js'

/** Imports an OTLP/JSON file and draws its traces. Resolves to whether every span of it was kept. */
export async function importDemo(path: string, directory: string, style: Style, print: Print): Promise<boolean> {
  const text = await readFile(path, 'utf8')
  await freshFiles(directory, 'import.db')
  const storage = await openStorage({ databases: { demo: `sqlite:${directory}/import.db` }, migrate: true })
  try {
    const { spans, written, updated, duplicates, rejected, warnings, traceIds } = await importOtlp(storage.traces, text)
    print(`${path}: ${spans} spans, ${written} written, ${updated} updated, ${duplicates} duplicates`)
    for (const problem of [...rejected, ...warnings]) {
      print(paint(plain(`${problem.path}: ${problem.reason}`), 'red', style))
    }
    for (const traceId of traceIds) {
      const trace = await storage.traces.get(traceId)
      if (trace !== null) reportTrace(trace, style, print)
    }
    if (written === 0) return false
    print(heading('Ask the file yourself', style))
    printQueries(directory, IMPORT_QUERIES, style, print)
    return rejected.length === 0
  } finally {
    await storage.close()
  }
}
