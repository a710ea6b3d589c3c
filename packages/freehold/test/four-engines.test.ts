import { describeStore } from '@freehold/conformance'
import { describe } from 'vitest'
import harness, { MISSING } from './four-engines.harness.js'

if (MISSING.length > 0) console.warn(`${harness.name}: skipped, there is no ${MISSING.join(', no ')}`)
describe.skipIf(MISSING.length > 0)('four engines', () => describeStore(harness))
