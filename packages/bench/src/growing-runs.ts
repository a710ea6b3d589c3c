import type { Attributes } from '@opentelemetry/api'
import type { Random } from './random.js'

/** What a person or a tool says at a step, and what the model answers, in characters. */
const [MESSAGE, ANSWER] = [400, 800]

export interface Turn {
  message: string
  answer: string
}

export interface RunSpan {
  name: string
  attributes: Attributes
}

/** A run whose every call of a model is told all that was said before: its spans, under one root. */
export interface GrowingRun {
  root: RunSpan
  spans: RunSpan[]
}

/** The shape in which a framework reports such a run. */
export type RunShape = (turns: readonly Turn[], random: Random) => GrowingRun

export function turnsOf(random: Random, steps: number): Turn[] {
  return Array.from({ length: steps }, () => ({ message: random.prose(MESSAGE), answer: random.prose(ANSWER) }))
}

const TOOLS = ['lookupOrder', 'refund'].map((name) =>
  JSON.stringify({
    type: 'function',
    name,
    inputSchema: { type: 'object', properties: { order: { type: 'string' } } },
  }),
)

/** As the AI SDK reports the calls of the support agent of this repository's demo. */
export const demoRun: RunShape = (turns, random) => {
  const common = {
    'ai.model.provider': 'openai.chat',
    'ai.model.id': 'gpt-5',
    'ai.settings.maxRetries': 2,
    'ai.telemetry.functionId': 'support',
    'ai.telemetry.metadata.runId': `run-${random.hex(24)}`,
    'ai.telemetry.metadata.userId': 'maya',
  }
  const said: object[] = []
  const spans = turns.map(({ message, answer }): RunSpan => {
    said.push({ role: 'user', content: [{ type: 'text', text: message }] })
    const prompt = JSON.stringify(said)
    said.push({ role: 'assistant', content: [{ type: 'text', text: answer }] })
    const usage = { input: Math.round(prompt.length / 4), output: ANSWER / 4 }
    return {
      name: 'ai.generateText.doGenerate',
      attributes: {
        'operation.name': 'ai.generateText.doGenerate support',
        'ai.operationId': 'ai.generateText.doGenerate',
        ...common,
        'ai.prompt.messages': prompt,
        'ai.prompt.tools': TOOLS,
        'ai.prompt.toolChoice': '{"type":"auto"}',
        'gen_ai.system': 'openai.chat',
        'gen_ai.request.model': 'gpt-5',
        'ai.response.finishReason': 'stop',
        'ai.response.text': answer,
        'ai.response.id': `resp_${random.hex(32)}`,
        'ai.usage.promptTokens': usage.input,
        'ai.usage.completionTokens': usage.output,
        'gen_ai.usage.input_tokens': usage.input,
        'gen_ai.usage.output_tokens': usage.output,
      },
    }
  })
  const root = {
    name: 'ai.generateText',
    attributes: {
      'operation.name': 'ai.generateText support',
      'ai.operationId': 'ai.generateText',
      ...common,
      'ai.response.text': turns.at(-1)!.answer,
    },
  }
  return { root, spans }
}
