import { resolve } from 'node:path'
import { emptyState, memoryMedium, openReference } from '@freehold/conformance/reference'
import {
  type AuditRightsOptions,
  type Backend,
  type BackendOptions,
  type Storage,
  StoreError,
} from '@freehold/contract'
import { type Backends, loadBackend } from '../../src/backends.js'
import type { Host } from '../../src/resolve.js'

/** A backend in memory that remembers what was asked of it. A path that begins with `down` cannot be reached. */
export class StubBackend implements Backend {
  readonly connects: BackendOptions[] = []
  readonly opened: Storage[] = []
  readonly closed: Storage[] = []
  /** Set: closing fails, after it closed. */
  failsToClose = false
  /** Set: what connecting throws. */
  refuses: unknown

  async connect(options: BackendOptions): Promise<Storage> {
    this.connects.push(options)
    if (this.refuses !== undefined) throw this.refuses
    if (options.url.startsWith('stub:down')) throw new StoreError('unavailable', 'the database cannot be reached')
    const reference = await openReference(memoryMedium(emptyState), { migrate: true })
    const storage: Storage = {
      ...reference,
      close: async () => {
        await reference.close()
        this.closed.push(storage)
        if (this.failsToClose) throw new StoreError('timeout', 'the database did not close in time')
      },
    }
    this.opened.push(storage)
    return storage
  }

  identityOf(url: string): string {
    const path = url.replace(/^stub:/, '').replace(/^\/\/[^@]*@/, '')
    if (path === '') throw StoreError.invalid('url', [{ field: 'url', message: 'names no file; write stub:path' }])
    return resolve(path)
  }

  auditRights({ user }: AuditRightsOptions): string[] {
    return [`limit ${user}`]
  }
}

/** A process with the stub behind `stub:` and nothing else in it, unless told. */
export function hostOf(stub: Backend, rest: Partial<Omit<Host, 'backends'>> = {}): Host {
  const backends: Backends = {
    stub: async () => stub,
    undriven: () => loadBackend('@freehold/sql', 'a-driver-that-is-not-there'),
    gone: () => loadBackend('@freehold/not-there', 'its-driver'),
  }
  return { directory: '/nowhere', variables: {}, backends, ...rest }
}

/** The routes of four domains, to one database each unless told. */
export function routesTo(traces: string, sessions = traces, approvals = sessions, audit = approvals) {
  return { traces, sessions, approvals, audit }
}
