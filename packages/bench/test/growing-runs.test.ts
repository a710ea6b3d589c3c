import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { demoRun, type GrowingRun, type RunShape, turnsOf } from '../src/growing-runs.js'
import { Random } from '../src/random.js'
import { recordedRun } from '../src/recorded-runs.js'

const STEPS = 6
const RECORDED = '../../otel/test/fixtures/framework-traces/openai-agents-2025-09-30.otlp.json'

function runOf(shape: RunShape): GrowingRun {
  const random = new Random(1)
  return shape(turnsOf(random, STEPS), random)
}

test('a step says 0.4 KB and is answered 0.8 KB', () => {
  for (const { message, answer } of turnsOf(new Random(1), STEPS)) {
    expect(Math.abs(message.length - 400)).toBeLessThan(20)
    expect(Math.abs(answer.length - 800)).toBeLessThan(20)
  }
})

test.each([
  [demoRun, 'ai.prompt.messages'],
  [recordedRun, 'input.value'],
])('each call is told all that was said before', (shape, prompt) => {
  const calls = runOf(shape).spans.filter(({ name }) => name !== 'get_weather')
  const told = calls.map(({ attributes }) => JSON.parse(attributes[prompt] as string) as unknown[])
  expect(told.map(({ length }) => length)).toEqual([1, 3, 5, 7, 9, 11])
  for (const [place, list] of told.slice(1).entries()) expect(list.slice(0, told[place]!.length)).toEqual(told[place])
})

test('a run after a recorded one has its attributes, in their order, and a message for each that was said', () => {
  const text = readFileSync(new URL(RECORDED, import.meta.url), 'utf8')
  const { spans } = JSON.parse(text).resourceSpans[0].scopeSpans[0]
  const call = spans.find(({ name }: { name: string }) => name === 'response')
  const isMessage = (name: string) => /^llm\.input_messages\.[1-9]/.test(name)
  const recorded = call.attributes.map(({ key }: { key: string }) => key).filter((name: string) => !isMessage(name))
  const made = Object.keys(runOf(recordedRun).spans.at(-2)!.attributes)
  expect(made.filter((name) => !isMessage(name))).toEqual(recorded)
  expect(made.filter((name) => name.endsWith('.message.role') && isMessage(name)).length).toBe(2 * STEPS - 1)
})

test('what a recorded run is told is written as Python writes JSON', () => {
  const told = runOf(recordedRun).spans[2]!.attributes['input.value'] as string
  expect(told).toMatch(/^\[\{"content": ".*", "role": "user"\}, \{"id": "msg_/)
  expect(told).not.toContain('\n')
})
