import type { Call, Command } from './command.js'
import { OK } from './documents.js'
import { MongoError } from './errors.js'

/** That of MongoDB 7, whose commands the engine has. */
const VERSION = '7.0.0'
const LARGEST_DOCUMENT = 16_777_216

// It says that it is a router of a sharded cluster: from a lone server clients accept no transactions.
const hello: Command = async () => ({
  isWritablePrimary: true,
  ismaster: true,
  msg: 'isdbgrid',
  helloOk: true,
  maxBsonObjectSize: LARGEST_DOCUMENT,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 25_000,
  localTime: new Date(),
  logicalSessionTimeoutMinutes: 30,
  minWireVersion: 0,
  maxWireVersion: 21,
  readOnly: false,
  ok: 1,
})

const buildInfo: Command = async ({ engine }) => {
  const { documentdb, postgres } = await engine.row<{ documentdb: string; postgres: string }>(
    undefined,
    `SELECT extversion AS documentdb, split_part(current_setting('server_version'), ' ', 1) AS postgres
     FROM pg_extension WHERE extname = 'documentdb'`,
    [],
  )
  return {
    version: `${VERSION} (DocumentDB ${documentdb}, PostgreSQL ${postgres})`,
    versionArray: [...VERSION.split('.').map(Number), 0],
    gitVersion: 'documentdb',
    bits: 64,
    maxBsonObjectSize: LARGEST_DOCUMENT,
    ok: 1,
  }
}

const nothing: Command = async () => OK

async function commitTransaction({ engine, transaction }: Call): Promise<Buffer> {
  if (await engine.end(transaction!.session, 'COMMIT')) return OK
  throw new MongoError(251, 'the transaction has been aborted', undefined, ['TransientTransactionError'])
}

async function abortTransaction({ engine, transaction }: Call): Promise<Buffer> {
  await engine.end(transaction!.session, 'ROLLBACK')
  return OK
}

/** Who is there, and transactions. */
export const sessions: Record<string, Command> = {
  hello,
  ismaster: hello,
  isMaster: hello,
  buildInfo,
  buildinfo: buildInfo,
  ping: nothing,
  endSessions: nothing,
  refreshSessions: nothing,
  commitTransaction,
  abortTransaction,
}
