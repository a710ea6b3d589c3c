import { isIPv6 } from 'node:net'
import { posix } from 'node:path'
import { ENCODE_USER, StoreError, urlTextProblem } from '@freehold/contract'

/** What the URL of a server says. We read it ourselves: drivers take options that they do not know for granted. */
export interface ServerUrl {
  user?: string
  password?: string
  /** The name of a machine, its address, or the path of a socket or of its directory. */
  host?: string
  port?: number
  database?: string
  /** What stands behind the `?`, in its order. */
  options: readonly UrlOption[]
}

export interface UrlOption {
  name: string
  value: string
}

const UNREADABLE = `cannot be read; write scheme://user:password@host:port/database; ${ENCODE_USER}`
const BROKEN = 'has a broken % sequence; encode special characters anew, % itself as %25'
const SEVERAL = 'names several hosts; name one, that of the primary or of a proxy in front of them'
const PORT = 'has a port that is no number from 1 to 65535; correct it'

/** @throws StoreError `invalid` with these problems, which hold no part of the URL but names of options. */
export function refuseUrl(problems: readonly string[]): never {
  throw StoreError.invalid(
    'connect',
    problems.map((message) => ({ field: 'url', message })),
  )
}

/** @throws StoreError `invalid` for a URL that cannot be read, without any part of it: it may hold a password. */
export function readServerUrl(url: string): ServerUrl {
  const wrong = urlTextProblem(url)
  if (wrong !== undefined) refuseUrl([wrong])
  const parts = /^[^:]+:\/\/([^/?#]*)(?:\/([^/?#@]*))?(?:\?([^#@]*))?$/.exec(url)
  if (parts === null) refuseUrl([UNREADABLE])
  const [, authority = '', path = '', query = ''] = parts
  const at = authority.lastIndexOf('@')
  const [user = '', ...password] = authority.slice(0, Math.max(at, 0)).split(':')
  return {
    user: decoded(user) || undefined,
    password: decoded(password.join(':')) || undefined,
    ...placeOf(authority.slice(at + 1)),
    database: decoded(path) || undefined,
    options: query.split('&').filter(Boolean).map(optionOf),
  }
}

/** The port that a text says. @throws StoreError `invalid` */
export function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : refuseUrl([PORT])
}

/** The host that a text says, if it does. @throws StoreError `invalid` */
export function hostOf(text: string): string | undefined {
  if (text.startsWith('/')) return text
  if (text.includes(',')) refuseUrl([SEVERAL])
  if (/[\s/@]/.test(text)) refuseUrl([UNREADABLE])
  return text || undefined
}

/** Where a server is, for messages. */
export function placeText(host: string, port: number): string {
  if (host.startsWith('/')) return host
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** One text for all ways of writing a place on a server, without user or password. */
export function identityText(scheme: string, host: string, port: number | string, database: string): string {
  return `${scheme}://${plainHost(host)}:${port}/${database}`
}

/** The names of machines have no case, and may end in the dot of the root; paths of sockets have the one, and not the other. */
function plainHost(host: string): string {
  if (host.startsWith('/')) return posix.normalize(host).replace(/(?<=.)\/$/, '')
  if (isIPv6(host)) return new URL(`http://[${host}]`).hostname
  return host.toLowerCase().replace(/\.$/, '')
}

function placeOf(authority: string): Pick<ServerUrl, 'host' | 'port'> {
  if (authority.includes(',')) refuseUrl([SEVERAL])
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(authority)
  if (parts === null) refuseUrl([UNREADABLE])
  const [, address, name = '', port = ''] = parts
  return { host: hostOf(decoded(address ?? name)), port: port === '' ? undefined : portOf(port) }
}

function optionOf(text: string): UrlOption {
  const equals = text.indexOf('=')
  if (equals === -1) return { name: decoded(text), value: '' }
  return { name: decoded(text.slice(0, equals)), value: decoded(text.slice(equals + 1)) }
}

function decoded(text: string): string {
  let plain: string
  try {
    plain = decodeURIComponent(text)
  } catch {
    refuseUrl([BROKEN])
  }
  const wrong = /\p{Cc}/u.test(plain) ? urlTextProblem(plain) : undefined
  return wrong === undefined ? plain : refuseUrl([wrong])
}
