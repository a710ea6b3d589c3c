import type { Json, JsonObject } from '@freehold/contract'
import { isList, isObject, unfolded } from './chat/values.js'
import type { ModelCall } from './model-calls.js'

/** How a model was asked. What is absent was not told: the provider's own default, or not written down. */
export interface ModelSettings {
  temperature?: number
  topP?: number
  topK?: number
  /** Most tokens of the answer. */
  maxTokens?: number
  seed?: number
  frequencyPenalty?: number
  presencePenalty?: number
  stop?: string[]
  /** As the framework has it. */
  toolChoice?: Json
  parallelToolCalls?: boolean
  /** As the framework has it. */
  responseFormat?: Json
}

type Settings = { readonly [K in keyof ModelSettings]-?: Setting<Exclude<ModelSettings[K], undefined>> }
interface Setting<T> {
  read: (value: Json) => T | undefined
  /** As it is called in a request, by any API. */
  names: readonly string[]
  /** As an attribute of its own is called. */
  attributes: readonly string[]
}

const number = (value: Json) => (typeof value === 'number' && Number.isFinite(value) ? value : numberIn(value))
const flag = (value: Json) => (typeof value === 'boolean' ? value : undefined)
const any = (value: Json) => unfolded(value)

const SETTINGS: Settings = {
  temperature: of(number, ['temperature'], ['gen_ai.request.temperature']),
  topP: of(number, ['top_p', 'topP'], ['gen_ai.request.top_p']),
  topK: of(number, ['top_k', 'topK'], ['gen_ai.request.top_k']),
  maxTokens: of(
    number,
    ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'maxOutputTokens', 'maxTokens'],
    ['gen_ai.request.max_tokens'],
  ),
  seed: of(number, ['seed'], ['gen_ai.request.seed', 'gen_ai.openai.request.seed']),
  frequencyPenalty: of(number, ['frequency_penalty', 'frequencyPenalty'], ['gen_ai.request.frequency_penalty']),
  presencePenalty: of(number, ['presence_penalty', 'presencePenalty'], ['gen_ai.request.presence_penalty']),
  stop: of(texts, ['stop', 'stop_sequences', 'stopSequences'], ['gen_ai.request.stop_sequences']),
  toolChoice: of(any, ['tool_choice', 'toolChoice'], ['ai.prompt.toolChoice']),
  parallelToolCalls: of(flag, ['parallel_tool_calls', 'parallelToolCalls'], []),
  responseFormat: of(any, ['response_format', 'responseFormat'], []),
}

/** Attributes that hold what a model was asked with, as JSON. */
const REQUESTS = ['llm.invocation_parameters', 'langfuse.observation.model.parameters']

/** The settings of a call of a model: attributes of their own first, then the parameters and the request that its span has. */
export function settingsOf({ attributes = {}, input, detail }: ModelCall): ModelSettings {
  const requests = [...REQUESTS.map((name) => attributes[name]), input].flatMap(requestsIn)
  const settings: Record<string, unknown> = {}
  for (const [field, { read, names, attributes: own }] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const told = [
      ...own.map((name) => attributes[name]),
      ...names.map((name) => attributes[`ai.settings.${name}`]),
      ...requests.flatMap((request) => names.map((name) => request[name])),
      field === 'temperature' ? detail?.temperature : undefined,
    ]
    const value = told
      .filter((one) => one !== undefined && one !== null)
      .map((one) => read(one!))
      .find((one) => one !== undefined)
    if (value !== undefined) settings[field] = value
  }
  return settings
}

function of<T>(read: Setting<T>['read'], names: readonly string[], attributes: readonly string[]): Setting<T> {
  return { read, names, attributes }
}

/** The request, and what Gemini has within it. */
function requestsIn(given: Json | undefined): JsonObject[] {
  const request = unfolded(given)
  if (!isObject(request)) return []
  return [request, request.config, request.generation_config, request.generationConfig].filter(isObject)
}

function numberIn(value: Json): number | undefined {
  const isText = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
  return isText ? Number(value) : undefined
}

function texts(value: Json): string[] | undefined {
  const told = unfolded(value)
  const list = isList(told) ? told : [told]
  return list.every((one) => typeof one === 'string') ? (list as string[]) : undefined
}
