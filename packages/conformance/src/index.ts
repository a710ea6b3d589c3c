// For backend authors: what to call, and what to say of the backend. `./suite` has the same without Vitest.

export { confined } from './confined.js'
export { describeStore } from './describe.js'
export { describeModel, type ModelRun } from './describe-model.js'
export type { Excuse, Harness, OpenOptions, Place, Tampering } from './harness.js'
export { describeRaces } from './races.js'
