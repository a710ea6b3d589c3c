import { describeStore } from '@freehold/conformance'
import harness from './mysql.harness.js'

describeStore(harness)
