import { connect } from '@freehold/sql'
import type { Database } from './engines.js'
import { refusal } from './refusal.js'

/** How a database is refused, and what the sessions of a tenant `ACME` are after its remedy was run. */
export async function mended({ url, prompt }: Database) {
  const { code, message = '' } = await refusal(connect({ url }))
  const [, refused, remedy = ''] = /^(.*); run (.*)$/.exec(message) ?? []
  await prompt.query(remedy)
  const storage = await connect({ url })
  const { items } = await storage.tenant('ACME').sessions.list()
  await storage.close()
  return { code, refused, found: items }
}

/** The refusal of a database that spoils what is kept in it. */
export const refusedFor = (message: string) => ({ code: 'unsupported', retryable: false, message })
