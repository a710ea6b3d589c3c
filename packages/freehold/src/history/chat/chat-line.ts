import type { Provenance, RunRow } from '../run-row.js'
import type { SkipReason } from './chat.js'
import { type Conversation, conversationOf } from './conversation.js'

/** A line of a file for fine-tuning. */
export interface ChatLine extends Conversation {
  /** Unless it is left out. */
  metadata?: Provenance
}

/** @param runId the id that the run is stored under */
export function chatLineOf(row: RunRow, runId: string, withProvenance: boolean): ChatLine | SkipReason {
  const conversation = conversationOf(row, runId)
  if (typeof conversation === 'string' || !withProvenance) return conversation
  return { ...conversation, metadata: row.provenance }
}
