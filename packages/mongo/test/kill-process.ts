import { MongoClient } from 'mongodb'
import { Database } from '../src/database.js'
import { SCENARIOS } from './cut-scenarios.js'
import { PREFIX, storesOn } from './cut-stores.js'

/** What a process is asked to do: to write as a scenario says, and to die before it sends its command of that number that changes something. */
export interface KillJob {
  url: string
  scenario: string
  tenant: string
  command: number
}

/** To die before one of these is to die after the command before it. */
const READS = new Set(['find', 'aggregate', 'getMore', 'listCollections', 'listIndexes', 'endSessions'])

async function work({ url, scenario, tenant, command }: KillJob): Promise<void> {
  const client = new MongoClient(url, { ignoreUndefined: true, monitorCommands: true })
  await client.connect()
  let commands = 0
  client.on('commandStarted', ({ commandName }) => {
    if (READS.has(commandName)) return
    commands += 1
    if (commands === command) process.kill(process.pid, 'SIGKILL')
  })
  const writer = SCENARIOS.find(({ name }) => name === scenario)!
  await writer.act(storesOn(new Database(() => client.db(), PREFIX), tenant))
  await client.close()
}

// A process is started before there is something to do for it, and waits.
process.once('message', async (job: KillJob) => {
  await work(job)
  process.disconnect()
})
