import { describeRaces } from '@freehold/conformance'
import { POSTGRES_15 } from './engines.js'
import { describeOn } from './on-engines.js'
import harness from './postgres15.harness.js'

describeOn(POSTGRES_15, () => describeRaces(harness))
