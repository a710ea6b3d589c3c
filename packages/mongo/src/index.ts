// For applications, by way of the front door: `freehold` loads this module by the scheme of a URL.
export { connect, identityOf } from './connect.js'
