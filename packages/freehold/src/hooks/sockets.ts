import { compact, StoreError } from '@freehold/contract'
import type { AgentAbout, AgentEvent } from './agent-event.js'
import { type AiSdkEnd, type AiSdkSocket, aiSdkRun } from './ai-sdk.js'
import type { Called } from './called.js'
import type { Hook } from './hook.js'
import { guardrailOf, listenTo, type OpenAiEmitter, type OpenAiGuardrail } from './openai-agents.js'

/** What a framework does not know, told once, or of each of its events. */
export type About<S> = AgentAbout | ((source: S) => AgentAbout)

/** A hook for agents, with what each framework takes. No framework is loaded: only what it tells is known of it. */
export interface AgentHook extends Hook<AgentEvent> {
  /**
   * For the AI SDK: spread it into the settings of `generateText`, `streamText` or `ToolLoopAgent`, or into the options of a UI message
   * stream. It awaits `onFinish`, and ignores what it throws: with `required` call `hook(aiSdkRun(result))` instead.
   *
   * @throws StoreError `unsupported` with `required`
   */
  aiSdk(about?: About<AiSdkEnd>): AiSdkSocket
  /**
   * For the OpenAI Agents SDK: listens to a `Runner`, or an `Agent`, until the function is called that it returns. Nobody awaits its
   * listeners, so only in the background; a run that fails tells none of them.
   *
   * @throws StoreError `unsupported` in the foreground
   */
  openaiAgents(emitter: OpenAiEmitter, about?: About<unknown>): () => void
  /** For the `outputGuardrails` of a `Runner` or an `Agent`: the answer is held until it is written. It never trips. */
  openaiGuardrail(about?: About<unknown>): OpenAiGuardrail
}

export function withSockets<E>(
  { hook, told }: Called<E>,
  { background, required }: { background: boolean; required: boolean },
): Hook<E> & AgentHook {
  const tell = told as unknown as Called<AgentEvent>['told']
  return Object.assign(hook as Hook<E> & Hook<AgentEvent>, {
    aiSdk(about: About<AiSdkEnd> = {}) {
      if (required)
        throw unsupported('the AI SDK ignores what its callbacks throw; await hook(aiSdkRun(result)) instead')
      const end = (source: AiSdkEnd) => tell(() => aiSdkRun(source, toldOf(about, source)))
      const abort = (source: AiSdkEnd) => tell(() => aiSdkRun({ ...source, isAborted: true }, toldOf(about, source)))
      return { onFinish: end, onEnd: end, onAbort: abort }
    },
    openaiAgents(emitter: OpenAiEmitter, about: About<unknown> = {}) {
      if (!background)
        throw unsupported(
          'nobody awaits a listener of the OpenAI Agents SDK; give openaiGuardrail(), or background: true',
        )
      return listenTo(emitter, (make, source) => void tell(() => ({ ...make(), ...toldOf(about, source) })))
    },
    openaiGuardrail: (about: About<unknown> = {}) =>
      guardrailOf((make, source) => tell(() => ({ ...make(), ...toldOf(about, source) }))),
  })
}

function toldOf<S>(about: About<S>, source: S): AgentAbout {
  const told = typeof about === 'function' ? about(source) : about
  // What is undefined here takes nothing away from what the framework told.
  return compact({ ...told })
}

function unsupported(message: string): StoreError {
  return new StoreError('unsupported', message)
}
