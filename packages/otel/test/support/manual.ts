import type { Span } from '@freehold/contract'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { afterEach, beforeEach } from 'vitest'
import { agentTracer } from '../../src/manual/index.js'
import { setUp } from './processors.js'

/** Spans nest in every test of a file that calls this. */
export function givenContexts(): void {
  beforeEach(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  })
  afterEach(() => context.disable())
}

/** A tracer for spans by hand, and the spans that were written of it, by name. */
export function setUpManual() {
  const { tracer: otel, provider, writer } = setUp()
  const spans = async (): Promise<Record<string, Span>> => {
    await provider.forceFlush()
    return Object.fromEntries([...writer.spans.values()].map((span) => [span.name, span]))
  }
  /** The one span that there is. */
  const only = async (): Promise<Span> => {
    const all = Object.values(await spans())
    if (all.length !== 1) throw new Error(`${all.length} spans were written`)
    return all[0]!
  }
  return { tracer: agentTracer(otel), otel, spans, only }
}
