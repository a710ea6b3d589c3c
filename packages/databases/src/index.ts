export { ENGINES, type Engine, URL_VARIABLES, urlOf } from './engines.js'
export { type CuttingProxy, startProxy } from './proxy.js'
export type { Profile, Server } from './server.js'
export { type Started, startAll, startServer } from './start.js'
