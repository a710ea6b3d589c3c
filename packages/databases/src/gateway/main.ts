// A MongoDB front end for a PostgreSQL with the DocumentDB extension: for tests, so it asks nobody who they are.

import { createServer, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { CHANGES_INDEXES } from './administration.js'
import { COMMANDS } from './commands.js'
import type { Document } from './documents.js'
import { Engine } from './engine.js'
import { MongoError, toMongoError } from './errors.js'
import { parse, type Request, reply, Splitter } from './messages.js'
import { Queue } from './queue.js'

const { values: options } = parseArgs({ options: { port: { type: 'string' }, postgres: { type: 'string' } } })
if (!options.port || !options.postgres) throw new Error('usage: main.js --port PORT --postgres URL')

const engine = new Engine(options.postgres)
const queue = new Queue(engine)

/** One connection's messages are answered in the order they came. */
function serve(socket: Socket): void {
  const splitter = new Splitter()
  let turn = Promise.resolve()
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.on('data', (piece: Buffer) => {
    for (const message of splitter.push(piece))
      turn = turn
        .then(async () => {
          const request = parse(message)
          const body = await answer(request)
          if (!request.silent) socket.write(reply(request, body))
        })
        .catch((error: unknown) => {
          console.error(error)
          socket.destroy()
        })
  })
}

async function answer(request: Request): Promise<Buffer | Document> {
  const name = Object.keys(request.command)[0]!
  const inTransaction = request.command.autocommit !== undefined
  try {
    const command = COMMANDS.get(name)
    if (command === undefined) throw new MongoError(59, `no such command: '${name}'`)
    const transaction = await engine.transactionOf(request.command)
    const call = { engine, request, transaction }
    if (transaction !== undefined) return await command(call)
    return await queue.run(request, () => command(call))
  } catch (error) {
    const { code, codeName, message, labels } = toMongoError(error, inTransaction)
    return { ok: 0, errmsg: message, code, codeName, ...(labels && { errorLabels: labels }) }
  } finally {
    if (CHANGES_INDEXES.has(name)) queue.forgetIndexes()
  }
}

const server = createServer(serve).listen(Number(options.port), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close()
  // Whoever is still connected sees the end of the server, as with any other.
  void engine.close().finally(() => process.exit())
  setTimeout(() => process.exit(), 1_500).unref()
})
