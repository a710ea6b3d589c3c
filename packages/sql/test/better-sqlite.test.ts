import { describeStore } from '@freehold/conformance'
import harness from './better-sqlite.harness.js'
import { DIRECT_SQLITE } from './engines.js'
import { describeOn } from './on-engines.js'

describeOn(DIRECT_SQLITE, () => describeStore(harness))
