import { describeStore } from '@freehold/conformance'
import { describe } from 'vitest'
import harness, { MISSING } from './four-engines.harness.js'

if (MISSING.length > 0) console.warn(`${harness.name}: skipped, there is no ${MISSING.join(', no ')}`)
// What spans domains. Each engine passes the whole suite by itself, and so does the router on four files.
const ACROSS = ['relay', 'retention', 'tenancy', 'life cycle', 'migrations']
describe.skipIf(MISSING.length > 0)('four engines', () => describeStore(harness, ACROSS))
