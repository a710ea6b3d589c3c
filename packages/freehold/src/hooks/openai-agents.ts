import { compact, type RunUsage } from '@freehold/contract'
import type { AgentEvent, RunEvent, ToolEvent } from './agent-event.js'

type Listener = (...args: unknown[]) => void

/** A `Runner` or an `Agent` of the OpenAI Agents SDK. */
export interface OpenAiEmitter {
  on(type: 'agent_start' | 'agent_end' | 'agent_tool_end', listener: Listener): unknown
  off(type: 'agent_start' | 'agent_end' | 'agent_tool_end', listener: Listener): unknown
}

interface OpenAiAgent {
  readonly name: string
  readonly model?: unknown
}

interface OpenAiContext {
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number }
}

export interface OpenAiGuardrail {
  name: string
  execute(args: {
    agent: OpenAiAgent
    agentOutput: unknown
    context: OpenAiContext
    details?: { output?: readonly unknown[] }
  }): Promise<{ tripwireTriggered: boolean; outputInfo: unknown }>
}

/** Tells of an event, which is made within. */
type Tell<T> = (make: () => AgentEvent, source: unknown) => T

interface ToolCall {
  readonly callId?: string
  readonly arguments?: unknown
}

/** What is known of a run until it ends, by the context that the framework has of it. */
interface Begun {
  at: number
  input: unknown
  tools: Set<string>
}

/** Listens until the function is called that it returns. An agent tells no agent, as a runner does. */
export function listenTo(emitter: OpenAiEmitter, tell: Tell<void>): () => void {
  const runs = new WeakMap<object, Begun>()
  const own = emitter as unknown as OpenAiAgent
  const started = (context: object, _agent: OpenAiAgent, input?: unknown) => {
    if (!runs.has(context)) runs.set(context, { at: Date.now(), input, tools: new Set() })
  }
  const ended = (...args: [context: OpenAiContext, ...rest: unknown[]]) =>
    tell(() => {
      const [context, output] = [args[0], args.at(-1)]
      const agent = args.length > 2 ? (args[1] as OpenAiAgent) : own
      const begun = runs.get(context)
      runs.delete(context)
      return { ...runOf(agent, context, output, args), ...begunOf(begun) }
    }, args)
  const toolEnded = (...args: [context: object, ...rest: unknown[]]) =>
    tell(() => {
      const [tool, result, details] = args.slice(-3) as [{ name: string }, unknown, { toolCall?: ToolCall } | undefined]
      runs.get(args[0])?.tools.add(tool.name)
      const agent = args.length > 4 ? (args[1] as OpenAiAgent) : own
      return toolOf(agent, tool.name, result, details?.toolCall, args)
    }, args)
  const listeners = { agent_start: started, agent_end: ended, agent_tool_end: toolEnded } as unknown as Record<
    Parameters<OpenAiEmitter['on']>[0],
    Listener
  >
  const all = Object.entries(listeners) as [keyof typeof listeners, Listener][]
  for (const [type, listener] of all) emitter.on(type, listener)
  return () => {
    for (const [type, listener] of all) emitter.off(type, listener)
  }
}

export function guardrailOf(tell: Tell<Promise<void>>): OpenAiGuardrail {
  return {
    name: 'freehold',
    async execute(args) {
      const { agent, agentOutput, context, details } = args
      await tell(() => ({ ...runOf(agent, context, agentOutput, args), messages: details?.output }), args)
      return { tripwireTriggered: false, outputInfo: undefined }
    },
  }
}

function runOf(agent: OpenAiAgent, context: OpenAiContext, output: unknown, source: unknown): RunEvent {
  const model = typeof agent.model === 'string' && agent.model !== '' ? agent.model : undefined
  return compact<RunEvent>({
    type: 'run',
    status: 'completed',
    agentId: agent.name,
    model,
    output,
    usage: context.usage && usageOf(context.usage),
    source,
  })
}

function begunOf(begun: Begun | undefined): Partial<RunEvent> {
  if (begun === undefined) return {}
  const tools = begun.tools.size === 0 ? undefined : [...begun.tools]
  return compact({ startedAt: begun.at, input: begun.input, tools })
}

function toolOf(
  agent: OpenAiAgent,
  tool: string,
  result: unknown,
  call: ToolCall | undefined,
  source: unknown,
): ToolEvent {
  const args = call?.arguments
  return compact<ToolEvent>({ type: 'tool', agentId: agent.name, tool, toolCallId: call?.callId, args, result, source })
}

function usageOf({ inputTokens, outputTokens }: NonNullable<OpenAiContext['usage']>): RunUsage {
  return { promptTokens: inputTokens, completionTokens: outputTokens }
}
