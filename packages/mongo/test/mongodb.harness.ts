import type { Harness } from '@freehold/conformance'
import { connect } from '@freehold/mongo'
import { databaseUrl, dropDatabase } from './server.js'
import { tamperMongo } from './tamper.js'

const harness: Harness = {
  name: 'MongoDB',
  open: ({ id }, { migrate }) => connect({ url: databaseUrl(id), schema: migrate ? 'migrate' : 'check' }),
  remove: ({ id }) => dropDatabase(id),
  tamper: ({ id }, tampering) => tamperMongo(() => databaseUrl(id), tampering),
  module: import.meta.url,
}

export default harness
