import type { Failure } from './dialect.js'
import { failures, meaning, networkFailureOf } from './failures.js'

/** By the number of the error. 1412: the table got a partition while the statement was prepared; 3101: a cluster decided otherwise. */
const FAILURES = failures({
  again: [1020, 1205, 1213, 1412, 3101],
  taken: [1062],
  timeout: [1317, 1969, 3024],
  invalid: [1264, 1406, 3157],
  packet: [1153],
  characters: [1366],
  missing: [1146],
  foreign: [1050, 1054, 1347, 1364],
  // Keys of others onto our tables.
  depended: [1217, 1451, 1452, 1701, 1730, 3730],
  noFeature: [1235, 1273],
  longName: [1059, 1102, 1103],
  down: [1053],
  // A node of Galera that is not of its cluster yet.
  starting: [1047],
  lost: [1158, 1159, 1160, 1161, 1184, 1927, 4031],
  crowded: [1040, 1203, 1226],
  full: [1021, 1114],
  // Its memory, that for sorting, that for locks.
  broken: [1037, 1038, 1041, 1206],
  readOnly: [1290, 1792, 1836],
  password: [1045, 1698],
  locked: [3118, 4151],
  expired: [1820, 1862],
  barred: [1129, 1130],
  noDatabase: [1044, 1049],
  noRight: [1142, 1143, 1227, 1370],
  noTrigger: [1419],
  onlyTls: [3159],
})

/** What is told to whoever gives another password, and whoever comes without the TLS that is required of this user. */
export const WRONG_PASSWORD = 1045

/** What an error of the driver means. */
export function failureOf(error: unknown): Failure {
  const { errno = 0, code = '', fatal, syscall, inPlain } = error as DriverError
  if (errno === WRONG_PASSWORD && inPlain) return meaning('passwordOrTls')
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') return meaning('noTls')
  // Of whatever ends the handshake; what the system reports is the network's.
  if (code === 'HANDSHAKE_SSL_ERROR') return meaning(syscall === undefined ? 'untrusted' : 'lost')
  // A way to show who one is that the driver does not have.
  if (code === 'AUTH_SWITCH_PLUGIN_ERROR' || code === 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED') return meaning('barred')
  const lost = fatal || code.startsWith('PROTOCOL_')
  return FAILURES.get(errno) ?? networkFailureOf(code) ?? (lost ? meaning('lost') : { code: 'internal' })
}

interface DriverError {
  errno?: number
  code?: string
  fatal?: boolean
  syscall?: string
  /** Of a connection that is not encrypted. */
  inPlain?: true
}
