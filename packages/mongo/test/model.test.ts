import { describeModel } from '@freehold/conformance'
import { describe } from 'vitest'
import harness from './mongodb.harness.js'
import { SERVER } from './server.js'

describe.skipIf(SERVER === undefined)('on a server', () => {
  describeModel(harness)
})
