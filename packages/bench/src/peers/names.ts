import type { PeerEngine } from '../engines/engine.js'

export const PEERS = ['mastra', 'mastra-vnext', 'langgraph'] as const
export type PeerName = (typeof PEERS)[number]
export type SubjectName = 'freehold' | PeerName

export const SUBJECT_TITLES: Readonly<Record<SubjectName, string>> = {
  freehold: 'Freehold',
  mastra: 'Mastra',
  'mastra-vnext': 'Mastra vNext',
  langgraph: 'LangGraph',
}

/** A peer on an engine: the package that is its store there, the driver below it, and what was done beside the usual. */
export interface PeerStore {
  peer: PeerName
  package: string
  driver: string
  told?: string
}

const LANGGRAPH = '@langchain/langgraph-checkpoint'

const ON_POSTGRES: readonly PeerStore[] = [
  { peer: 'mastra', package: '@mastra/pg', driver: 'pg', told: 'its `PostgresStore`' },
  { peer: 'mastra-vnext', package: '@mastra/pg', driver: 'pg', told: 'the traces of its `PostgresStoreVNext`' },
  { peer: 'langgraph', package: `${LANGGRAPH}-postgres`, driver: 'pg' },
]
const ON_MYSQL = { peer: 'mastra', package: '@mastra/mysql', driver: 'mysql2' } as const
const JOURNALED = 'its client with `w: majority` and a journal, as Freehold asks for'

export const PEER_STORES: Readonly<Record<PeerEngine, readonly PeerStore[]>> = {
  sqlite: [
    {
      peer: 'mastra',
      package: '@mastra/libsql',
      driver: '@libsql/client',
      told: '`pragma synchronous = FULL` after its own `NORMAL`',
    },
    {
      peer: 'langgraph',
      package: `${LANGGRAPH}-sqlite`,
      driver: 'better-sqlite3',
      told: '`pragma synchronous = FULL` after its setup',
    },
  ],
  postgres: ON_POSTGRES,
  postgres15: ON_POSTGRES,
  mysql: [ON_MYSQL],
  mariadb: [
    {
      ...ON_MYSQL,
      told: 'it is not made for MariaDB, where its `init()` fails at an index of another domain; the two domains that are measured were made alone',
    },
  ],
  mongodb: [
    { peer: 'mastra', package: '@mastra/mongodb', driver: 'mongodb', told: JOURNALED },
    { peer: 'langgraph', package: `${LANGGRAPH}-mongodb`, driver: 'mongodb', told: JOURNALED },
  ],
}
