import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server, and can end all their connections at a given message. */
export interface CuttingProxy {
  /** The server's URL, by way of this proxy. */
  readonly url: string
  /** Whether the cut that was asked for last has happened. */
  readonly cut: boolean
  /**
   * Ends every connection when the `n`-th piece of data from now on comes from the client (`request`, which the server
   * then never sees) or from the server (`reply`, which the client never sees).
   */
  cutAt(side: 'request' | 'reply', n: number): void
  /** Forgets a cut that has not happened. */
  heal(): void
  /** Ends every connection, and each that is made until it comes back. */
  leave(): void
  comeBack(): void
  close(): Promise<void>
}

/** @param server the URL of one host and port */
export async function startProxy(server: string): Promise<CuttingProxy> {
  const target = new URL(server)
  const pairs = new Set<readonly [Socket, Socket]>()
  let armed: { side: 'request' | 'reply'; left: number } | undefined
  let cut = false
  let isAway = false

  const endAll = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  }
  const pass = (side: 'request' | 'reply', to: Socket) => (data: Buffer) => {
    if (armed?.side === side && --armed.left === 0) {
      armed = undefined
      cut = true
      endAll()
    } else to.write(data)
  }
  const listener = createServer((client) => {
    if (isAway) {
      client.destroy()
      return
    }
    const upstream = connect(Number(target.port), target.hostname)
    const pair = [client, upstream] as const
    pairs.add(pair)
    client.on('data', pass('request', upstream))
    upstream.on('data', pass('reply', client))
    for (const [socket, other] of [pair, [upstream, client] as const]) {
      socket.setNoDelay(true)
      // The other end is told; why this one ended does not matter.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        pairs.delete(pair)
        other.destroy()
      })
    }
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const url = new URL(server)
  url.port = String((listener.address() as AddressInfo).port)

  return {
    url: url.href,
    get cut() {
      return cut
    },
    cutAt(side, n) {
      cut = false
      armed = { side, left: n }
    },
    heal() {
      armed = undefined
    },
    leave() {
      isAway = true
      endAll()
    },
    comeBack() {
      isAway = false
    },
    async close() {
      endAll()
      listener.close()
      await once(listener, 'close')
    },
  }
}
