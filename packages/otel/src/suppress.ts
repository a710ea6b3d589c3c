/** What is used of a `Context` and a `ContextManager` of `@opentelemetry/api`. */
interface Context {
  setValue(key: symbol, value: unknown): Context
}
interface ContextManager {
  active(): Context
  with<T>(context: Context, fn: () => T): T
}

// Both keys are registered symbols, shared by every copy of the API of major version 1 and of SDK 1 and 2. Reading them
// here keeps this package free of a run-time dependency on either.
const API = Symbol.for('opentelemetry.js.api.1')
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/**
 * Runs `fn` with tracing off, as the SDK's own processors do. Otherwise an instrumented database driver would make a span
 * of each write of spans, and that span the next write.
 */
export function withoutTracing<T>(fn: () => T): T {
  const api = (globalThis as Record<symbol, unknown>)[API] as { context?: ContextManager } | undefined
  const manager = api?.context
  return manager === undefined ? fn() : manager.with(manager.active().setValue(SUPPRESS_TRACING, true), fn)
}
