// biome-ignore-all assist/source/organizeImports: the two tiers stand apart

// For applications: what to set, and what to read.
export type { QueueCounts } from './queue.js'
export type { QueueOptions } from './queue-options.js'

// For packages that put it in front of a writer.
export type { Write, Written } from './deliver.js'
export { WriteQueue } from './queue.js'
export { DEFAULT_BATCH, type ItemNature, type RejectingOptions } from './queue-options.js'
export { warn } from './warnings.js'
