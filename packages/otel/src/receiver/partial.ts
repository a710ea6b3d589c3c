import type { FoundSpans } from '../read-document.js'
import type { Partial } from './answer.js'
import { FoundLogs } from './found-logs.js'

/** Most problems that an answer tells: an exporter logs them. */
const MOST_TOLD = 10

export function partialOf(found: FoundSpans): Partial {
  const passedOver = found instanceof FoundLogs ? found.passedOver : 0
  const all = [...found.rejected, ...found.warnings]
  const told = all.slice(0, MOST_TOLD).map(({ path, reason }) => `${path} ${reason}`)
  if (all.length > MOST_TOLD) told.push(`and ${all.length - MOST_TOLD} more`)
  if (passedOver > 0)
    told.unshift(`${passedOver} log records are not taken: only GenAI events of spans are, which tell messages`)
  return { rejected: found.rejected.length + passedOver, errorMessage: told.join('; ') }
}
