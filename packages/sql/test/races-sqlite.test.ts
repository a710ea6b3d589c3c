import { describeRaces } from '@freehold/conformance'
import harness from './sqlite.harness.js'

describeRaces(harness)
