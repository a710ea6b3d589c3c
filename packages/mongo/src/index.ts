// For applications, by way of the front door: `freehold` loads this module by the scheme of a URL.
export { connect } from './connect.js'
export { identityOf } from './url.js'
