import type { PeerEngine } from '../../engines/engine.js'
import { importPeer } from './import.js'
import type { PlainRun } from './plain.js'
import { type History, type Place, POOL, type Subject } from './subject.js'

const CORE = '@langchain/langgraph-checkpoint'

interface Config {
  configurable: { thread_id: string; checkpoint_ns: string; checkpoint_id?: string }
}

/** What is used of a saver. */
interface Saver {
  setup(): unknown
  getTuple(config: Config): Promise<unknown>
  put(config: Config, checkpoint: object, metadata: object, newVersions: object): Promise<Config>
}

/** What is used of what all savers share. */
interface Core {
  emptyCheckpoint(): object
  uuid6(clock: number): string
}

interface Opened {
  saver: Saver
  close(): unknown
}

/** LangGraph keeps no traces: it saves the state of a graph after each step. */
export async function openLanggraph(place: Place): Promise<Subject> {
  const core = await importPeer<Core>(place.peers, CORE)
  const { saver, close } = await MAKERS[place.engine]!(place)
  return {
    greet: () => saver.getTuple({ configurable: { thread_id: 'none', checkpoint_ns: '' } }),
    conversation: checkpoints(core, saver, 'every run'),
    state: checkpoints(core, saver, 'one run'),
    async close() {
      await close()
    },
  }
}

type Message = PlainRun['messages'][number]

/**
 * One thread a history, and one checkpoint a run, whose channel of messages holds those of the run, or those of every run
 * so far: a graph that keeps its conversation keeps it there.
 */
function checkpoints({ emptyCheckpoint, uuid6 }: Core, saver: Saver, holds: 'one run' | 'every run'): History {
  const threads = new Map<string, { config: Config; messages: readonly Message[]; step: number }>()
  const add = (name: string, { messages }: PlainRun) => {
    const thread = threads.get(name)!
    const before = holds === 'one run' ? [] : thread.messages
    threads.set(name, { ...thread, messages: [...before, ...messages], step: thread.step + 1 })
  }
  const put = async (name: string) => {
    const { config, messages, step } = threads.get(name)!
    const versions = { messages: step }
    const checkpoint = {
      ...emptyCheckpoint(),
      id: uuid6(step),
      ts: new Date().toISOString(),
      channel_values: { messages },
      channel_versions: versions,
    }
    const metadata = { source: 'loop', step, parents: {} }
    threads.set(name, { config: await saver.put(config, checkpoint, metadata, versions), messages, step })
  }
  return {
    async seed(name, runs) {
      const config = { configurable: { thread_id: name, checkpoint_ns: '' } }
      threads.set(name, { config, messages: [], step: 0 })
      for (const [i, run] of runs.entries()) {
        add(name, run)
        // The last checkpoint has all that the ones before had.
        if (holds === 'one run' || i === runs.length - 1) await put(name)
      }
    },
    async append(name, run) {
      add(name, run)
      await put(name)
    },
  }
}

type Maker = (place: Place) => Promise<Opened>

const POSTGRES: Maker = async ({ peers, url, prepare }) => {
  const name = `${CORE}-postgres`
  const pg = await importPeer<{ default: { Pool: new (options: object) => { end(): Promise<void> } } }>(peers, 'pg')
  const { PostgresSaver } = await importPeer<{ PostgresSaver: new (pool: object) => Saver }>(peers, name)
  const pool = new pg.default.Pool({ connectionString: url, max: POOL })
  const saver = new PostgresSaver(pool)
  if (prepare) await saver.setup()
  return { saver, close: () => pool.end() }
}

const MAKERS: Readonly<Partial<Record<PeerEngine, Maker>>> = {
  async sqlite({ peers, url }) {
    interface SqliteSaver extends Saver {
      db: { pragma(text: string): unknown; close(): void }
    }
    const name = `${CORE}-sqlite`
    const { SqliteSaver } = await importPeer<{ SqliteSaver: { fromConnString(url: string): SqliteSaver } }>(peers, name)
    const saver = SqliteSaver.fromConnString(url)
    saver.setup()
    // Its driver is built to flush at checkpoints only while a write-ahead log is used.
    saver.db.pragma('synchronous = FULL')
    return { saver, close: () => saver.db.close() }
  },
  postgres: POSTGRES,
  postgres15: POSTGRES,
  async mongodb({ peers, url, prepare }) {
    const name = `${CORE}-mongodb`
    // Its own line of the driver, which is another than that of the other peer.
    const { MongoClient } = await importPeer<{ MongoClient: new (url: string, options: object) => Client }>(
      `${peers}/node_modules/${name}`,
      'mongodb',
    )
    const { MongoDBSaver } = await importPeer<{ MongoDBSaver: new (options: object) => Saver }>(peers, name)
    const options = { maxPoolSize: POOL, writeConcern: { w: 'majority', journal: true } }
    const client = await new MongoClient(url, options).connect()
    const saver = new MongoDBSaver({ client, dbName: new URL(url).pathname.slice(1) })
    if (prepare) await saver.setup()
    return { saver, close: () => client.close() }
  },
}

interface Client {
  connect(): Promise<Client>
  close(): Promise<void>
}
