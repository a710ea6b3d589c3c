import { ENCODE_USER, type Problem, StoreError } from '@freehold/contract'
import { isSecure, readOptions } from './url-options.js'

/** What a URL says. */
export interface UrlParts {
  scheme: string
  /** As they were given; the paths of sockets are still encoded. They are no secret. */
  hosts: string[]
  database: string
  options: ReadonlyMap<string, string>
  /** Whether it asks for TLS. */
  secure: boolean
}

const SHAPE = /^(mongodb(?:\+srv)?):\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^@/?#]*))?(?:\?([^#]*))?$/
const USER = /^[^:/?#[\]@]*(?::[^:/?#[\]@]*)?$/
/** A name or an address, an IPv6 one in brackets, or the path of a socket; with a port or without. */
const HOST = /^(?:(?:[^\s:[\]%]+|\[[\da-f:.]+\])(?::(\d{1,5}))?|%2F[^\s:[\]]+\.sock)$/i
/** What the server keeps there of its own is not replicated, or is its users'. No other name differs by its capitals alone. */
const OF_SERVER = /^(admin|config|local)$/i

/** @throws StoreError `invalid` for a URL that is not one of MongoDB, names no database, or asks for what cannot be had. */
export function partsOf(url: string): UrlParts {
  const problems: Problem[] = []
  const problem = (message: string) => void problems.push({ field: 'url', message })
  const match = SHAPE.exec(url)
  if (match === null) {
    problem(`is not a URL of MongoDB; write ${beginning(url)}user:password@host/database, ${ENCODE_USER}`)
    throw StoreError.invalid('connect', problems)
  }
  const [, scheme = '', user = '', at = '', path = '', query = ''] = match
  const srv = scheme === 'mongodb+srv'
  const hosts = at.split(',')
  if (/^:|^$/.test(user) && match[2] !== undefined)
    problem('names no user before the @; write user:password@host/database, or leave the @ out')
  else if (!USER.test(user) || decoded(user) === undefined)
    problem(`has a user or password with a character that must be encoded; ${ENCODE_USER}`)
  if (!hosts.every(isHost))
    problem(`has a host or port that makes no sense; write ${srv ? 'host' : 'host:27017'}, and ${ENCODE_USER}`)
  else if (srv && (hosts.length > 1 || hosts[0]!.includes(':')))
    problem('has several hosts or a port with mongodb+srv; write the one name that the provider printed')
  const database = decoded(path)
  if (database === undefined) problem('has a database name with a broken % sequence; encode it anew')
  else if (database === '') problem(`names no database; write ${scheme}://host/database`)
  else if (Buffer.byteLength(database) > 63 || /[/\\. "$*<>:|?\p{Cc}]/u.test(database))
    problem('has a database name that MongoDB does not take; use letters, digits, - and _, at most 63')
  else if (OF_SERVER.test(database))
    problem(
      `names ${database}, which is the server's own; write host/database with one of yours, and authSource=${database} if the user is kept there`,
    )
  const options = readOptions(query, { srv, several: hosts.length > 1 }, problem)
  if (problems.length > 0) throw StoreError.invalid('connect', problems)
  return { scheme, hosts, database: database!, options, secure: isSecure(options, srv) }
}

/** The same for two URLs of one database, whatever their users and options. */
export function identityOf(url: string): string {
  const { scheme, hosts, database, options } = partsOf(url)
  const port = scheme === 'mongodb' ? ':27017' : ''
  const named = hosts.map((host) => (isPath(host) ? host : (/:\d+$/.test(host) ? host : host + port).toLowerCase()))
  // Another service of one name is another list of hosts.
  const service = options.get('srvServiceName') ?? 'mongodb'
  return `${scheme}://${named.sort().join(',')}/${database}${service === 'mongodb' ? '' : `?srvServiceName=${service}`}`
}

/** That of an example for somebody who wrote this. */
function beginning(url: string): string {
  return url.startsWith('mongodb+srv:') ? 'mongodb+srv://' : 'mongodb://'
}

function isHost(host: string): boolean {
  const match = HOST.exec(host)
  return (
    match !== null &&
    decoded(host) !== undefined &&
    (match[1] === undefined || (Number(match[1]) > 0 && Number(match[1]) < 65_536))
  )
}

function isPath(host: string): boolean {
  return /^%2f/i.test(host)
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
