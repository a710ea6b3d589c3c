import type { Owners, SessionType } from '@freehold/contract'
import { SpanKind } from '@opentelemetry/api'
import type { Fields, ManualKind, Starts } from './fields.js'
import { type AttributeValue, areMessages, attributeOf, jsonOf } from './values.js'

type Attributes = Record<string, AttributeValue | undefined>

/** Where a field is written. */
type Place<V> =
  /** An attribute, its value as JSON. */
  | string
  /** An attribute, and what is written there. */
  | readonly [attribute: string, write: (value: V) => AttributeValue]
  /** One attribute for a list of messages, and another for anything else. */
  | { messages: string; other: string }

type Places<F> = { readonly [N in keyof Required<F>]: Place<NonNullable<F[N]>> }

const OWNERS: Places<Owners> = {
  runId: 'run.id',
  sessionId: 'gen_ai.conversation.id',
  userId: 'user.id',
  agentId: 'gen_ai.agent.id',
  teamId: 'team.id',
  workflowId: 'workflow.id',
}

// The names of OpenTelemetry GenAI are for messages only; those of OpenInference are read for anything by most others.
const PAYLOAD = {
  input: { messages: 'gen_ai.input.messages', other: 'input.value' },
  output: { messages: 'gen_ai.output.messages', other: 'output.value' },
}

/**
 * What is told of a span, in the attributes that the conventions read it from: those of OpenTelemetry GenAI first
 * (opentelemetry.io/docs/specs/semconv/gen-ai), those of our own where it has none.
 */
const PLACES: { readonly [K in ManualKind]: Places<Fields[K]> } = {
  run: { ...OWNERS, ...PAYLOAD, provider: 'gen_ai.provider.name', model: 'gen_ai.request.model' },
  llm: {
    ...OWNERS,
    ...PAYLOAD,
    provider: 'gen_ai.provider.name',
    model: 'gen_ai.response.model',
    temperature: 'gen_ai.request.temperature',
    promptTokens: 'gen_ai.usage.input_tokens',
    completionTokens: 'gen_ai.usage.output_tokens',
    cacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
    cacheWriteTokens: 'gen_ai.usage.cache_write.input_tokens',
    reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
    cost: 'gen_ai.usage.cost',
    toolCalls: 'freehold.tool_calls',
    finishReason: ['gen_ai.response.finish_reasons', (reason) => [reason]],
    timeToFirstToken: ['gen_ai.response.time_to_first_chunk', (milliseconds) => milliseconds / 1000],
  },
  tool: {
    ...OWNERS,
    callId: 'gen_ai.tool.call.id',
    arguments: 'gen_ai.tool.call.arguments',
    output: 'gen_ai.tool.call.result',
  },
  hook: { ...OWNERS, ...PAYLOAD, outcome: 'hook.outcome', modified: 'hook.modified' },
  retrieval: {
    ...OWNERS,
    output: PAYLOAD.output,
    query: 'gen_ai.retrieval.query.text',
    vectorStore: 'gen_ai.data_source.id',
    k: 'gen_ai.retrieval.top_k',
    documents: 'gen_ai.retrieval.documents',
  },
  delegation: { ...OWNERS, ...PAYLOAD, mode: 'delegation.mode', traceId: 'delegation.trace_id' },
}

/** The attributes that say this; `undefined` of those that must not be there then. */
export function attributesOf<K extends ManualKind>(kind: K, fields: Fields[K]): Attributes {
  const places: Readonly<Record<string, Place<never>>> = PLACES[kind]
  const attributes: Attributes = {}
  for (const [field, value] of Object.entries(fields)) {
    if (!Object.hasOwn(places, field)) continue
    const place = places[field]!
    if (typeof place === 'string') attributes[place] = attributeOf(jsonOf(value))
    else if ('messages' in place) {
      const json = jsonOf(value)
      const [is, isNot] = areMessages(json) ? [place.messages, place.other] : [place.other, place.messages]
      attributes[is] = attributeOf(json)
      attributes[isNot] = undefined
    } else attributes[place[0]] = value === undefined || value === null ? undefined : place[1](value as never)
  }
  return attributes
}

/** How a span starts. */
interface Opening<K extends ManualKind> {
  /** Of the span. */
  name: string
  spanKind?: SpanKind
  /** What makes it one of its kind: there from the start, so that samplers see it. */
  attributes: Attributes
  /** Who it belongs to unless told. */
  owners?: Owners
  /** What else is told. */
  fields: Fields[K]
}

const RUNS: Readonly<Record<SessionType, { operation: string; name: string; owner: keyof Owners }>> = {
  agent: { operation: 'invoke_agent', name: 'gen_ai.agent.name', owner: 'agentId' },
  // No convention has teams; a workflow of agents is the nearest.
  team: { operation: 'invoke_workflow', name: 'team.name', owner: 'teamId' },
  workflow: { operation: 'invoke_workflow', name: 'gen_ai.workflow.name', owner: 'workflowId' },
}

const OPENINGS: { readonly [K in ManualKind]: (start: Starts[K]) => Opening<K> } = {
  run: ({ name, type = 'agent', ...fields }) => {
    const run = RUNS[type]
    return {
      name: spanName(run.operation, name),
      attributes: { 'gen_ai.operation.name': run.operation, [run.name]: name },
      owners: { [run.owner]: name },
      fields,
    }
  },
  llm: ({ operation = 'chat', model, ...fields }) => ({
    name: spanName(operation, model),
    spanKind: SpanKind.CLIENT,
    attributes: { 'gen_ai.operation.name': operation, 'gen_ai.request.model': model },
    fields,
  }),
  tool: ({ name, ...fields }) => ({
    name: spanName('execute_tool', name),
    attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name },
    fields,
  }),
  hook: ({ name, phase, ...fields }) => ({
    name: spanName('hook', name),
    attributes: { 'hook.name': name, 'hook.phase': phase },
    fields,
  }),
  retrieval: (fields) => ({
    name: spanName('retrieval', fields.vectorStore),
    attributes: { 'gen_ai.operation.name': 'retrieval' },
    fields,
  }),
  delegation: ({ member, ...fields }) => ({
    name: spanName('invoke_agent', member),
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': member,
      'delegation.member': member,
    },
    owners: { agentId: member },
    fields,
  }),
}

export function openingOf<K extends ManualKind>(kind: K, start: Starts[K]): Opening<K> {
  return OPENINGS[kind](start)
}

function spanName(operation: string, of: string | undefined): string {
  return of === undefined ? operation : `${operation} ${of}`
}
