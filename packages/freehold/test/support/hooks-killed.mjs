// Calls both hooks, tells what it called them with, and is killed: right after the last call, by itself, or by somebody else.
import { writeSync } from 'node:fs'
import { auditHook, newId, openStorage, sessionHook } from 'freehold'

const [url, directory, count] = process.argv.slice(2)
const storage = await openStorage(url)
const options = { background: true, spool: { directory }, interval: 10, onError: () => {} }
const entryOf = ({ id }) => ({ id, actor: 'agent', action: 'answered' })
const audit = auditHook(storage, { ...options, record: entryOf })
const sessions = sessionHook(storage, options)
function act() {
  const id = newId()
  audit({ id })
  sessions({ type: 'run', status: 'completed', runId: id, sessionId: `of ${process.pid}`, output: 'done' })
  writeSync(1, `${id}\n`)
}
if (count === undefined) {
  for (;;) {
    act()
    await new Promise((resolve) => setImmediate(resolve))
  }
}
for (let n = 0; n < Number(count); n++) act()
process.kill(process.pid, 'SIGKILL')
