// biome-ignore-all assist/source/organizeImports: the two tiers stand apart

// For applications: what to set, and what to read.
export type { Dropped, RecorderCounts } from './counts.js'
export type { RecorderOptions, SpoolOptions } from './options.js'

// For packages that put it in front of a writer.
export type { Write, Written } from './deliver.js'
export { type Codec, DEFAULT_BATCH, type Encoded, type Nature, type RejectingOptions, settingsOf } from './options.js'
export { Recorder } from './recorder.js'
export { makeDirectory, syncDirectory } from './spool/directories.js'
export { tell, warn, warnOf } from './warnings.js'
