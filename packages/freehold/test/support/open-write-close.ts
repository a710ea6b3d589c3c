import { setTimeout as sleep } from 'node:timers/promises'
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
// What is on its way ends by itself, such as a read of whatever loads modules; what is held stays.
const count = (among: string[], type: string) => among.filter((one) => one === type).length
const isOver = (now: string[]) => now.every((type) => count(now, type) <= count(before, type))
for (let n = 0; n < 100 && !isOver(process.getActiveResourcesInfo()); n++) await sleep(20)
console.log(JSON.stringify({ before, after: process.getActiveResourcesInfo() }))
