import type { Harness, Place } from '@freehold/conformance'
import { connect } from '@freehold/sql'
import type { ServerEngine } from './engines.js'
import { createDatabase, databaseUrl, dropDatabase } from './servers.js'
import { tamperSql } from './tamper.js'

/** The harness of a SQL server: every place is a database of its own. With a `zone`, client and server live there. */
export function serverHarness({ name, kind, server = '' }: ServerEngine, module: string, zone?: string): Harness {
  if (zone !== undefined) process.env.TZ = zone
  const created = new Set<string>()
  const promptOf = (place: Place) => kind.prompt(databaseUrl(server, place.id))
  return {
    name: zone === undefined ? name : `${name}, in a zone of its own`,
    module,
    async open(place, { migrate }) {
      if (!created.has(place.id)) await createDatabase(kind, server, place.id, zone)
      created.add(place.id)
      return connect({ url: databaseUrl(server, place.id), schema: migrate ? 'migrate' : 'check' })
    },
    tamper: (place, tampering) => tamperSql(() => promptOf(place), tampering),
    remove: (place) => dropDatabase(kind, server, place.id),
  }
}
