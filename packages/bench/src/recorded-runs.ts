import { readFileSync } from 'node:fs'
import { fromOtlp } from '@freehold/otel'
import type { Attributes } from '@opentelemetry/api'
import type { RunShape, RunSpan, Turn } from './growing-runs.js'
import type { Random } from './random.js'

const RECORDED = '../../otel/test/fixtures/framework-traces/openai-agents-2025-09-30.otlp.json'

/** The messages of a call as attributes of their own: those of the recorded one, but for its instructions, give way. */
const MESSAGES = /^llm\.input_messages\.[1-9]/
const FIRST_MESSAGE = 'llm.input_messages.1.message.role'
const ANSWER = 'llm.output_messages.0.message.contents.0.message_content.text'

/** A recorded run of an agent, made longer: its calls and their attributes, in their order, with the texts of these turns. */
export const recordedRun: RunShape = (turns, random) => {
  const { agent, call, tool } = recorded()
  const items: object[] = []
  const messages: Attributes[] = []
  const spans = turns.flatMap((turn): RunSpan[] => {
    items.push({ content: turn.message, role: 'user' })
    messages.push({ role: 'user', content: turn.message })
    const told = { items: pythonJson(items), messages }
    const { attributes, output } = callOf(call, told, turn, random)
    items.push(output)
    const kind = { 'contents.0.message_content.type': 'text', 'contents.0.message_content.text': turn.answer }
    messages.push({ role: 'assistant', ...kind })
    const looked = { ...tool, 'input.value': turn.answer.slice(0, 40), 'output.value': turn.message }
    return [
      { name: 'response', attributes },
      { name: 'get_weather', attributes: looked },
    ]
  })
  return { root: { name: 'Hello world', attributes: agent }, spans }
}

function callOf(
  call: Attributes,
  { items, messages }: { items: string; messages: readonly Attributes[] },
  { answer }: Turn,
  random: Random,
) {
  const response = JSON.parse(call['output.value'] as string)
  const [message] = response.output
  const output = {
    ...message,
    id: `msg_${random.hex(48)}`,
    content: [{ ...message.content[0], text: answer }],
  }
  const changed: Attributes = {
    'output.value': JSON.stringify({ ...response, id: `resp_${random.hex(48)}`, output: [output] }),
    'input.value': items,
    [ANSWER]: answer,
  }
  const attributes: Attributes = {}
  for (const [name, value] of Object.entries(call)) {
    if (name === FIRST_MESSAGE) {
      for (const [place, message] of messages.entries())
        for (const [field, text] of Object.entries(message))
          attributes[`llm.input_messages.${place + 1}.message.${field}`] = text
    } else if (!MESSAGES.test(name)) attributes[name] = changed[name] ?? value
  }
  return { attributes, output }
}

let read: Record<'agent' | 'call' | 'tool', Attributes> | undefined

function recorded() {
  if (read !== undefined) return read
  const { spans } = fromOtlp(readFileSync(new URL(RECORDED, import.meta.url), 'utf8'))
  const attributesOf = (name: string) => spans.find((span) => span.name === name)!.attributes as Attributes
  read = { agent: attributesOf('Hello world'), call: attributesOf('response'), tool: attributesOf('get_weather') }
  return read
}

/** JSON with blanks, as Python writes it: the recorded framework is written in it. */
function pythonJson(value: unknown): string {
  return JSON.stringify(value, null, 1)
    .replaceAll(/([[{])\n */g, '$1')
    .replaceAll(/\n *([\]}])/g, '$1')
    .replaceAll(/,\n */g, ', ')
}
