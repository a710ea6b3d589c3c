import { StoreError } from '@freehold/contract'

/** What a driver connects to, as far as the URL says. */
export interface Address {
  host: string
  port: string
  database: string
}

/** @throws StoreError `invalid` for a URL that cannot be read. */
export function addressOf(url: string, defaultPort: number): Address {
  const { hostname, port, pathname } = parsed(url)
  return { host: decoded(hostname), port: port || String(defaultPort), database: decoded(pathname.slice(1)) }
}

/** One text for all ways of writing an address, without user or password. */
export function textOf(scheme: string, { host, port, database }: Address, rest = ''): string {
  // The names of machines have no case; paths of sockets do.
  return `${scheme}://${host.startsWith('/') ? host : host.toLowerCase()}:${port}/${database}${rest}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    const message = 'has a broken % sequence; encode special characters anew, % itself as %25'
    throw StoreError.invalid('url', [{ field: 'url', message }])
  }
}

/** @throws StoreError `invalid`, without any part of the URL, which may hold a password. */
export function parsed(url: string): URL {
  try {
    return new URL(url)
  } catch {
    const message = 'cannot be read; write scheme://user:password@host:port/database, with special characters as %40'
    throw StoreError.invalid('url', [{ field: 'url', message }])
  }
}

/** @throws StoreError `invalid` for a URL that names no database, or has a user or password that no driver can read. */
export function checkDatabase(url: string): void {
  const { username, password, pathname } = parsed(url)
  for (const part of [username, password]) decoded(part)
  if (decoded(pathname).length > 1) return
  throw StoreError.invalid('url', [{ field: 'url', message: 'names no database; write it after the host, as /agents' }])
}
