import type { Failure } from './dialect.js'
import { failures, NETWORK } from './failures.js'

/**
 * By the number of the error. 1412: the table got a partition while the statement was prepared.
 * 1419: a trigger needs more rights than its maker has, where the server keeps a binary log.
 */
const FAILURES = failures({
  again: [1020, 1205, 1213, 1412],
  taken: [1062],
  timeout: [1317, 1969, 3024],
  invalid: [1153, 1264, 1406, 3157],
  missing: [1146],
  unavailable: [1021, 1040, 1053, 1114, 1158, 1159, 1160, 1161, 1203, 1226, 1290, 1836, 1927, 4031],
  refused: [1044, 1045, 1049, 1142, 1227, 1419, 1698],
})

/** What an error of the driver means. */
export function failureOf(error: unknown): Failure {
  const { errno = 0, code = '', fatal } = error as { errno?: number; code?: string; fatal?: boolean }
  const lost = fatal || code.startsWith('PROTOCOL_')
  return FAILURES.get(errno) ?? NETWORK.get(code) ?? { code: lost ? 'unavailable' : 'internal' }
}
