import type { FoundSpans } from '../read-document.js'
import type { Partial } from './answer.js'
import { FoundLogs } from './found-logs.js'

/** Most problems that an answer tells: an exporter logs them. */
const MOST_TOLD = 10

export function partialOf(found: FoundSpans): Partial {
  const passedOver = found instanceof FoundLogs ? found.passedOver : 0
  const { rejected, rejectedCount, warnings } = found
  const told = [...rejected, ...warnings].slice(0, MOST_TOLD).map(({ path, reason }) => `${path} ${reason}`)
  const others = rejectedCount + warnings.length - told.length
  if (others > 0) told.push(`and ${others} more`)
  if (passedOver > 0)
    told.unshift(`${passedOver} log records are not taken: only GenAI events of spans are, which tell messages`)
  return { rejected: rejectedCount + passedOver, errorMessage: told.join('; ') }
}
