import { describeStore } from '@freehold/conformance'
import { MYSQL_9 } from './engines.js'
import harness from './mysql.harness.js'
import { describeOn } from './on-engines.js'

describeOn(MYSQL_9, () => describeStore(harness))
