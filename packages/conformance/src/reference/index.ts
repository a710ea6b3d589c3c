export { fileMedium, type Medium, memoryMedium } from './medium.js'
export { emptyState, type State } from './state.js'
export { openReference, referenceStorage } from './storage.js'
