import { describeStore } from '@freehold/conformance'
import harness from './sqlite.harness.js'

describeStore(harness)
