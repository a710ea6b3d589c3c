import { RUN_FIELDS, RUN_SUMMARY_FIELDS, SESSION_FIELDS, SESSION_SUMMARY_FIELDS } from '@freehold/contract'
import { Codec } from './codec.js'

/** What a list shows: no state, no metadata. */
export const sessionSummaries = new Codec(SESSION_SUMMARY_FIELDS)
export const sessions = new Codec(SESSION_FIELDS)

/** What a list shows: no input, output, messages or metadata. */
export const runSummaries = new Codec(RUN_SUMMARY_FIELDS)
export const runs = new Codec(RUN_FIELDS)
