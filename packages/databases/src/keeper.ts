// A process that keeps servers running until it is told to end: `databases start` leaves it behind.

import { ENGINES, type Engine } from './engines.js'
import { keep, keepNoMore } from './keeper-state.js'
import { say } from './machine/say.js'
import { startAll } from './start.js'

// Nobody listens any more once the servers run.
process.stderr.on('error', () => undefined)

const engines = process.argv.slice(2) as Engine[]
const { running, missing } = await startAll(engines.length > 0 ? engines : ENGINES)
for (const { engine, because } of missing) say(engine, `missing: ${because}`)
keep(Object.fromEntries(running.map(({ engine, url }) => [engine, url])))

process.once('SIGTERM', async () => {
  keepNoMore()
  await Promise.all(running.map((server) => server.dispose()))
  process.exit()
})
// Its supervisor asks for nothing by itself, so something has to keep it.
setInterval(() => undefined, 2 ** 30)
process.send!('kept')
