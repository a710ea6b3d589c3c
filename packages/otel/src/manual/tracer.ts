import { context, type Tracer } from '@opentelemetry/api'
import { attempt } from './attempt.js'
import type { AgentSpan, Fields, ManualKind, Starts } from './fields.js'
import { OpenSpan } from './open-span.js'
import { watchedStream } from './streams.js'
import { isThenable } from './thenable.js'

/** Runs `fn` in a span, and returns what it returns. */
type InSpan<K extends ManualKind> = <T>(start: Starts[K], fn: (span: AgentSpan<Fields[K]>) => T) => T

/**
 * Spans by hand, one method for each kind. All of them
 *
 * - run the function with the span active, so that it nests with the spans of any other instrumentation, and return what it
 *   returns: a value at once, a promise as a promise
 * - record what it returns as the output, unless `output` is told
 * - end the span when the function is done; where it returns a stream (of the web, of Node.js, a generator, whatever has an
 *   async iterator), when that ends, fails, is left or nobody has it any more. Its texts, joined, or its pieces (1,000 at most)
 *   are the output; of bytes, and of a stream of Node.js, nothing is recorded
 * - record what it throws as an exception, with the status ERROR, and throw the same again
 * - hand the owners that they are given on to the spans below that are made by hand, so that each is found by them; those of
 *   other instrumentations say their own
 *
 * Nothing that is told of a span makes a call fail, and nothing is serialised for one that is not recorded. Where no SDK is
 * registered the functions run all the same.
 */
export interface AgentTracer {
  /** The run of an agent, a team or a workflow. */
  run: InSpan<'run'>
  /** A call of a language or embedding model. Unless told, the time to the first token is that to the first piece of a stream. */
  llm: InSpan<'llm'>
  /** A call of a tool. */
  tool: InSpan<'tool'>
  /** A hook before or after a run, such as a guard rail. */
  hook: InSpan<'hook'>
  /** A search for documents. */
  retrieve: InSpan<'retrieval'>
  /** Work that is handed to another agent. What is below belongs to that agent. */
  delegate: InSpan<'delegation'>
}

/**
 * ```ts
 * const tracer = agentTracer(trace.getTracer('support'))
 * const order = await tracer.tool({ name: 'lookup_order', arguments: { id } }, () => lookUp(id))
 * ```
 *
 * The tracer may be taken before an SDK is registered. Spans nest where there is a context manager, as all of OpenTelemetry's do.
 */
export function agentTracer(tracer: Tracer): AgentTracer {
  const inSpan =
    <K extends ManualKind>(kind: K): InSpan<K> =>
    (start, fn) =>
      cover(new OpenSpan(tracer, kind, start), fn)
  return {
    run: inSpan('run'),
    llm: inSpan('llm'),
    tool: inSpan('tool'),
    hook: inSpan('hook'),
    retrieve: inSpan('retrieval'),
    delegate: inSpan('delegation'),
  }
}

function cover<K extends ManualKind, T>(span: OpenSpan<K>, fn: (span: AgentSpan<Fields[K]>) => T): T {
  const refused = (thrown: unknown): never => {
    span.fail(thrown)
    throw thrown
  }
  try {
    return context.with(span.context, () => {
      const result: unknown = fn(span)
      // Within the span as well: some promises, such as queries, do nothing before they are waited for.
      if (!isThenable(result)) return settle(span, result)
      return Promise.resolve(result).then((value) => settle(span, value), refused)
    }) as T
  } catch (thrown) {
    return refused(thrown)
  }
}

/** The function is done, but what it gave may go on. */
function settle<K extends ManualKind>(span: OpenSpan<K>, value: unknown): unknown {
  const stream = attempt(() => watchedStream(value, span as unknown as OpenSpan))
  if (stream === undefined) span.end(value)
  return stream ?? value
}
