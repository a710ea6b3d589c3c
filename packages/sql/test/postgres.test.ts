import { describeStore } from '@freehold/conformance'
import harness from './postgres.harness.js'

describeStore(harness)
