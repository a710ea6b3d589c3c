import type { Knex } from 'knex'

interface Listener {
  query(sql: string): Promise<unknown>
  on(event: 'notification', heard: (message: { payload?: string }) => void): void
  on(event: 'end' | 'error', lost: () => void): void
  end(): Promise<void>
}

/**
 * Listens on a connection of its own: one of the pool is used by others. Behind a pool of the server's that hands out connections by
 * transaction nothing is heard.
 * @param lost called once when it ends without having been stopped
 */
export async function listen(
  knex: Knex,
  channel: string,
  heard: (text: string) => void,
  lost: () => void,
): Promise<() => Promise<void>> {
  const connection: Listener = await knex.client.acquireRawConnection()
  let ended = false
  const end = () => {
    if (!ended) lost()
    ended = true
  }
  connection.on('end', end)
  connection.on('error', end)
  connection.on('notification', ({ payload }) => {
    if (payload !== undefined) heard(payload)
  })
  try {
    await connection.query(`listen "${channel}"`)
  } catch (error) {
    ended = true
    await connection.end().catch(() => undefined)
    throw error
  }
  return async () => {
    ended = true
    await connection.end()
  }
}
