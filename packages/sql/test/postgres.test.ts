import { describeStore } from '@freehold/conformance'
import { POSTGRES_18 } from './engines.js'
import { describeOn } from './on-engines.js'
import harness from './postgres.harness.js'

describeOn(POSTGRES_18, () => describeStore(harness))
