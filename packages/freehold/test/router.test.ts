import { confined, describeStore } from '@freehold/conformance'
import harness, { requiringTenants } from './router.harness.js'

describeStore(harness)
// Where tenants are required, one that is called default is a tenant like any other.
describeStore(confined(requiringTenants, 'default'), ['tenancy', 'life cycle', 'paging', 'retention'])
