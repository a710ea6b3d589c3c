import { RUN_FIELDS, RUN_SUMMARY_FIELDS, SESSION_FIELDS, SESSION_SUMMARY_FIELDS } from '@freehold/contract'
import { Codec } from './codec.js'
import { LabelledCodec } from './labels.js'

/** What a list shows: no state, no metadata. */
export const sessionSummaries = new Codec(SESSION_SUMMARY_FIELDS)
export const sessions = new LabelledCodec(SESSION_FIELDS)

/**
 * What a session's document has besides: which life of its id it is, the save that last wrote it, and that it is being
 * removed, from when on it is not there for readers; and the batch of runs that holds it, behind which nobody appends.
 */
export const SESSION_STATE = { life: 1, savedBy: 1, removing: 1, batch: 1 } as const

/** What a list shows: no input, output, messages or metadata. */
export const runSummaries = new Codec(RUN_SUMMARY_FIELDS)
export const runs = new LabelledCodec(RUN_FIELDS)
