import { confined, describeStore } from '@freehold/conformance'
import harness from './router.harness.js'

describeStore(harness)
describeStore(confined(harness, 'acme'))
