import { StoreError } from '../errors.js'
import { isAskedOfAll } from './asked-of-all.js'

/**
 * What every call of every store passes: it refuses what comes after `close`, and lets `close` wait for what is in
 * flight. What a call throws that is not a StoreError goes through `translate`, but for the reason of a signal that it was given.
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
        return (...args: unknown[]) => this.pass(() => member.apply(target, args), args)
      },
    })
  }

  /** Closes once, however often it is called. */
  close(release: () => Promise<void>): Promise<void> {
    this.closing ??= this.drained().then(release)
    return this.closing
  }

  private async pass<T>(work: () => Promise<T>, args: readonly unknown[]): Promise<T> {
    if (this.closing !== undefined) throw isClosed()
    this.inFlight += 1
    try {
      return await work()
    } catch (error) {
      throw StoreError.is(error) || isReasonIn(args, error) ? error : this.translate(error)
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

/** Whether an error is what the caller itself ended the call with. */
function isReasonIn(args: readonly unknown[], error: unknown): boolean {
  const signals = args.map((arg) => (arg as { signal?: unknown } | undefined | null)?.signal)
  return signals.some((signal) => signal instanceof AbortSignal && signal.aborted && signal.reason === error)
}

const CLOSED = 'the storage is closed; open it again'

/** What a call after `close` is refused with. */
export function isClosed(): StoreError {
  return new StoreError('unavailable', CLOSED, { retryable: false })
}

/** True of that, and of no other error by which nothing can be reached. */
export function isClosedError(error: unknown): boolean {
  return StoreError.is(error, 'unavailable') && error.message === CLOSED
}
