import { describeRaces } from '@freehold/conformance'
import { MARIADB } from './engines.js'
import harness from './mariadb.harness.js'
import { describeOn } from './on-engines.js'

describeOn(MARIADB, () => describeRaces(harness))
