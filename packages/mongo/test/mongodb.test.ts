import { confined, describeStore } from '@freehold/conformance'
import { describe } from 'vitest'
import harness from './mongodb.harness.js'
import { SERVER } from './server.js'

describe.skipIf(SERVER === undefined)('on a server', () => {
  describeStore(harness)
  // The rest is the same words on other keys, of which the reference and the case of every method tell.
  describeStore(confined(harness, 'acme'), ['tenancy', 'life cycle', 'paging'])
})
