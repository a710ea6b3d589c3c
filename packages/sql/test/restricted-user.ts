import type { Database } from './engines.js'
import { newName } from './servers.js'

/** A user who reads and writes rows, and nothing else. */
export async function restrictedUser({ url, prompt }: Database, family: string) {
  const name = newName()
  const to = family === 'postgres' ? name : `'${name}'@'%'`
  const rights = 'select, insert, update, delete'
  const created =
    family === 'postgres' ? `create role ${to} login password 'secret'` : `create user ${to} identified by 'secret'`
  const on = family === 'postgres' ? 'all tables in schema public' : `${new URL(url).pathname.slice(1)}.*`
  for (const statement of [created, `grant ${rights} on ${on} to ${to}`]) await prompt.query(statement)
  const own = new URL(url)
  own.username = name
  own.password = 'secret'
  const gone = family === 'postgres' ? [`drop owned by ${to}`, `drop role ${to}`] : [`drop user ${to}`]
  const drop = async () => {
    for (const statement of gone) await prompt.query(statement)
  }
  return { url: own.href, drop }
}
