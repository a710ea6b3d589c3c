// Comes back to one paused call when it is told to, and writes a line to a file for each time that its tool ran.

import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { gate, openStorage } from 'freehold'

const [url, id, file, ends] = process.argv.slice(2)
const storage = await openStorage(url)
const refund = gate(storage, { tool: 'refund' })
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const tool = () => {
  appendFileSync(file, `${process.pid}\n`)
  if (ends === 'killed') process.kill(process.pid, 'SIGKILL')
  return 'refunded'
}
const { status } = await refund.resume(id, { order: 7 }, tool)
process.stdout.write(`${status}\n`)
await storage.close()
process.stdin.destroy()
