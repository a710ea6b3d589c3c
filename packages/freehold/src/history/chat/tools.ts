import { compact, type Json, type JsonObject } from '@freehold/contract'
import type { ChatTool } from './chat.js'
import { numbered } from './numbered.js'
import { isList, isObject, textAmong, unfolded } from './values.js'

/** Attributes that hold definitions of tools as JSON. */
const ATTRIBUTES = ['gen_ai.tool.definitions', 'ai.prompt.tools', 'mlflow.chat.tools', 'gen_ai.request.tools']

/**
 * The tools that a call of a model was offered, by the attributes and the request that its span has. Tools of a provider, which are no
 * functions, are not among them.
 */
export function toolsOf({ attributes = {}, input, output }: ToolTold): ChatTool[] {
  const request = unfolded(input)
  const answer = unfolded(output)
  const places: (Json | undefined)[] = [
    ...ATTRIBUTES.map((name) => attributes[name]),
    numbered(attributes, 'llm.tools.'),
    numbered(attributes, 'llm.request.functions.'),
    within(attributes.model_request_parameters, 'function_tools'),
    within(attributes['llm.invocation_parameters'], 'tools'),
    within(request, 'tools'),
    within(within(request, 'config'), 'tools'),
    within(answer, 'tools'),
  ]
  for (const place of places) {
    const list = unfolded(place)
    const tools = isList(list) ? list.flatMap(definitionsIn) : []
    if (tools.length > 0) return tools
  }
  return []
}

interface ToolTold {
  attributes?: JsonObject
  input?: Json
  output?: Json
}

/** Each tool once, as it was offered last. */
export function onceEach(tools: readonly ChatTool[]): ChatTool[] {
  return [...new Map(tools.map((tool) => [tool.function.name, tool])).values()]
}

function within(value: Json | undefined, name: string): Json | undefined {
  const told = unfolded(value)
  return isObject(told) ? told[name] : undefined
}

function definitionsIn(given: Json): ChatTool[] {
  const told = unfolded(given)
  if (!isObject(told)) return []
  const { tool, json_schema } = told
  if (isObject(tool)) return definitionsIn(tool)
  if (json_schema !== undefined && told.name === undefined) return definitionsIn(json_schema)
  const functions = told.function_declarations ?? told.functionDeclarations
  if (isList(functions)) return functions.flatMap(definitionsIn)
  const of = isObject(told.function) ? told.function : told
  const name = textAmong(of.name)
  if (name === undefined || textAmong(told.type)?.startsWith('provider')) return []
  const { description, strict } = of
  const schema = unfolded(
    of.parameters ?? of.inputSchema ?? of.input_schema ?? of.parameters_json_schema ?? of.parametersJsonSchema,
  )
  const definition: ChatTool['function'] = {
    name,
    ...(typeof description === 'string' && { description }),
    ...(isObject(schema) && { parameters: schema }),
    ...(typeof strict === 'boolean' && { strict }),
  }
  return [{ type: 'function', function: compact(definition) }]
}
