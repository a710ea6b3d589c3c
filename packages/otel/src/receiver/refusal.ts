/** Codes of gRPC, which a `Status` has (google.rpc.Code). */
export const CODES = {
  invalid: 3,
  notFound: 5,
  exhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const

/** A request that is answered with an error: nothing of it was stored, unless it says so. */
export class Refusal extends Error {
  /** @param message for whoever sent it: what is wrong, and what to do */
  constructor(
    readonly status: number,
    readonly code: keyof typeof CODES,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
  }
}

/** One that the sender is to repeat later (OTLP/HTTP, *Failures*, *Throttling*). */
export function later(status: 429 | 503, seconds: number, message: string): Refusal {
  return new Refusal(status, status === 429 ? 'exhausted' : 'unavailable', message, { 'retry-after': String(seconds) })
}

/** For what tells nothing of a span. */
export function onlyTraces(): Refusal {
  const message =
    'only traces are taken here, at /v1/traces, and of logs the GenAI events of spans; send logs and metrics elsewhere'
  return new Refusal(404, 'notFound', message)
}
