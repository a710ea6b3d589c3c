import { describeStore } from '@freehold/conformance'
import harness from './postgres15.harness.js'

describeStore(harness)
