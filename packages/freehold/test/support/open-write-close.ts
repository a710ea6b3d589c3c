import { setImmediate as turn } from 'node:timers/promises'
import { openStorage } from 'freehold'

// Opens the files that it is told, writes to each, closes, and tells what was alive before and after.
const before = process.getActiveResourcesInfo()
const [traces, rest] = process.argv.slice(2)
const storage = await openStorage({
  databases: { traces: traces!, rest: rest! },
  routes: { traces: 'traces', sessions: 'rest', approvals: 'rest', audit: 'rest' },
  migrate: true,
})
await storage.traces.write([{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'one', startedAt: Date.now() }])
await storage.audit.append([{ actor: 'test', action: 'wrote' }])
await storage.close()
// What is to be done in the same turn, and keeps nothing alive beyond it, is done.
for (let n = 0; n < 3; n++) await turn()
console.log(JSON.stringify({ before, after: process.getActiveResourcesInfo() }))
