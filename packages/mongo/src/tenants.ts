import type { Database, Key } from './database.js'

/**
 * The next tenant by bytes that has documents; undefined behind the last.
 * @param time a field that every document has, behind the tenant in an index
 */
export async function nextTenant(
  db: Database,
  collection: string,
  time: string,
  tenant: string,
): Promise<string | undefined> {
  const those = { '_id.tenant': { $gt: tenant }, [time]: { $gte: new Date(0) } }
  const options = { projection: { _id: 1 }, sort: { '_id.tenant': 1 }, limit: 1 } as const
  const [row] = await db.retry(() => db.find(collection, those, options))
  return (row?._id as Key | undefined)?.tenant
}
