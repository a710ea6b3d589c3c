import { parentPort, workerData } from 'node:worker_threads'
import type { Backend, SpanInput } from '@freehold/contract'
import * as mongo from '@freehold/mongo'
import * as sql from '@freehold/sql'
import { POOL } from '../engines/engine.js'

/** Writes the spans of another thread, and answers each time with what went wrong, if anything. */
const port = parentPort!
const url = workerData as string
const backend: Backend = url.startsWith('mongodb') ? mongo : sql
const storage = await backend.connect({ url, pool: POOL })
port.on('message', (given: SpanInput[] | 'close') => {
  if (given === 'close') void storage.close().then(() => port.close())
  else
    storage.traces.write(given).then(
      () => port.postMessage(undefined),
      (error: unknown) => port.postMessage(String(error)),
    )
})
port.postMessage(undefined)
