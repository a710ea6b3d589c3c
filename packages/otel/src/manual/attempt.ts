import { diag } from '@opentelemetry/api'

/** What `act` returns. Nothing where it throws, of which the diagnostics of OpenTelemetry are told: no span is worth a call. */
export function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    tell(error)
    return undefined
  }
}

/** The logger is the application's, and may throw as well. */
function tell(error: unknown): void {
  try {
    diag.warn('freehold: a part of a span was not recorded', error)
  } catch {
    return
  }
}
