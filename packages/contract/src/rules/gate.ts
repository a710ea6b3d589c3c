import { StoreError } from '../errors.js'
import { isAskedOfAll } from './asked-of-all.js'

/**
 * What every call of every store passes: it refuses what comes after `close`, and lets `close` wait for what is in
 * flight. What a call throws that is not a StoreError goes through `translate`.
 */
export class Gate {
  private inFlight = 0
  private closing: Promise<void> | undefined
  private idle: (() => void) | undefined

  constructor(private readonly translate: (error: unknown) => StoreError) {}

  /**
   * The same object, with every method behind the gate. As JSON it is nothing: what a store holds is its own, such as a
   * client of a driver, of which JSON cannot be made.
   */
  guard<T extends object>(store: T): T {
    return new Proxy(store, {
      get: (target, name) => {
        if (name === 'toJSON') return () => ({})
        const member = Reflect.get(target, name)
        if (typeof member !== 'function' || isAskedOfAll(name)) return member
        return (...args: unknown[]) => this.pass(() => member.apply(target, args))
      },
    })
  }

  /** Closes once, however often it is called. */
  close(release: () => Promise<void>): Promise<void> {
    this.closing ??= this.drained().then(release)
    return this.closing
  }

  private async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing !== undefined) throw isClosed()
    this.inFlight += 1
    try {
      return await work()
    } catch (error) {
      throw StoreError.is(error) ? error : this.translate(error)
    } finally {
      this.inFlight -= 1
      if (this.inFlight === 0) this.idle?.()
    }
  }

  private async drained(): Promise<void> {
    if (this.inFlight > 0)
      await new Promise<void>((resolve) => {
        this.idle = resolve
      })
  }
}

/** What a call after `close` is refused with. */
export function isClosed(): StoreError {
  return new StoreError('unavailable', 'the storage is closed; open it again', { retryable: false })
}
