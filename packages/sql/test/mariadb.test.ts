import { describeStore } from '@freehold/conformance'
import harness from './mariadb.harness.js'

describeStore(harness)
