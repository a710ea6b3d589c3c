import type { PeerEngine } from '../../engines/engine.js'
import { importPeer } from './import.js'
import { type MemoryStore, mastraHistory } from './mastra-history.js'
import { type ObservabilityStore, traceWork } from './mastra-traces.js'
import { type Place, POOL, type Subject } from './subject.js'

/** What is used of a store of Mastra. */
interface MastraStore extends Made {
  close(): Promise<void>
  getStore(domain: 'observability'): Promise<(ObservabilityStore & Made) | undefined>
  getStore(domain: 'memory'): Promise<(MemoryStore & Made) | undefined>
  /** The LibSQL one's connection. */
  client?: { execute(sql: string): Promise<unknown> }
}

type StoreClass = new (options: object) => MastraStore

interface Made {
  init(): Promise<void>
}

/** Tables are made by `init()` beforehand, and `disableInit` is told when they are there: as its guide says of production. */
export async function openMastra(place: Place): Promise<Subject> {
  const { subject, engine, prepare } = place
  const isVNext = subject === 'mastra-vnext'
  const store = await MAKERS[engine](place, { id: 'bench', disableInit: !prepare })
  if (engine === 'sqlite') await flushEveryCommit(store)
  const traces = (await store.getStore('observability'))!
  const memory = (await store.getStore('memory'))!
  if (prepare) await makeTables(engine === 'mariadb' ? [traces, memory] : [store])
  const history = mastraHistory(memory)
  return {
    greet: () => traces.listTraces({ pagination: { page: 0, perPage: 1 } }),
    traces: traceWork(traces, { isVNext }),
    conversation: history,
    state: history,
    close: () => store.close(),
  }
}

/** Of the whole store, or of the domains that are measured where the whole cannot be made. */
async function makeTables(of: readonly Made[]): Promise<void> {
  for (const each of of) await each.init()
}

const POSTGRES: Maker = async ({ subject, peers, url }, common) => {
  const { PostgresStore, PostgresStoreVNext } = await importPeer<Record<string, StoreClass>>(peers, '@mastra/pg')
  const where = { connectionString: url, max: POOL }
  return subject === 'mastra-vnext'
    ? new PostgresStoreVNext!({ ...common, ...where, observability: where })
    : new PostgresStore!({ ...common, ...where })
}

const MYSQL: Maker = async ({ peers, url }, common) => {
  const { MySQLStore } = await importPeer<Record<string, StoreClass>>(peers, '@mastra/mysql')
  const database = new URL(url).pathname.slice(1)
  return new MySQLStore!({ ...common, connectionString: url, database, max: POOL })
}

type Maker = (place: Place, common: object) => Promise<MastraStore>

const MAKERS: Readonly<Record<PeerEngine, Maker>> = {
  async sqlite({ peers, url }, common) {
    const { LibSQLStore } = await importPeer<Record<string, StoreClass>>(peers, '@mastra/libsql')
    return new LibSQLStore!({ ...common, url: `file:${url}` })
  },
  postgres: POSTGRES,
  postgres15: POSTGRES,
  mysql: MYSQL,
  mariadb: MYSQL,
  async mongodb({ peers, url }, common) {
    const { MongoDBStore } = await importPeer<Record<string, StoreClass>>(peers, '@mastra/mongodb')
    const dbName = new URL(url).pathname.slice(1)
    const options = { maxPoolSize: POOL, writeConcern: { w: 'majority', journal: true } }
    return new MongoDBStore!({ ...common, uri: url, dbName, options })
  },
}

/** The store says `synchronous = NORMAL` of its own accord, which loses acknowledged writes with the power. */
async function flushEveryCommit({ client }: MastraStore): Promise<void> {
  // The store says so while it is made, and does not tell when it has: behind what it asked for, this comes last.
  await new Promise((resolve) => setTimeout(resolve, 50))
  await client!.execute('pragma synchronous = FULL')
}
