import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Server } from '@freehold/databases'
import { FrameReader, PROTOCOLS } from './frames.js'

/** Stands between a client and a server, and counts what the server is told to execute. */
export interface CountingProxy {
  /** The server's URL, by way of this proxy. */
  readonly url: string
  readonly statements: number
  close(): Promise<void>
}

/** @param server the URL of one host and port, without TLS */
export async function countingProxy(engine: Server['engine'], server: string): Promise<CountingProxy> {
  const target = new URL(server)
  const sockets = new Set<Socket>()
  let statements = 0
  const listener = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    const frames = new FrameReader(PROTOCOLS[engine](), () => statements++)
    client.on('data', (data) => frames.read(data))
    client.pipe(upstream).pipe(client)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.setNoDelay(true)
      // The other end is told; why this one ended does not matter.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const url = new URL(server)
  url.hostname = '127.0.0.1'
  url.port = String((listener.address() as AddressInfo).port)
  return {
    url: url.href,
    get statements() {
      return statements
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
}
