// Decides on an approval, and is gone before anybody could be told.
import { openStorage } from 'freehold'

const [url, id] = process.argv.slice(2)
const storage = await openStorage(url)
await storage.approvals.decide(id, { decision: 'approved', by: 'lena' })
process.kill(process.pid, 'SIGKILL')
