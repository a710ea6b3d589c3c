import {
  compact,
  type Json,
  type JsonObject,
  MAX_ID_BYTES,
  type RetrievedDocument,
  type SpanDetails,
  type SpanKind,
} from '@freehold/contract'
import { isExact, jsonIn, withoutInexact } from '../exact-text.js'
import { REDACTED } from '../redacted.js'
import { MAX_COPY } from './room.js'

/** Turns what a dialect wrote into what the field holds; nothing when it cannot. */
type Reader<T> = (value: Json) => T | undefined

type Readers<T> = { readonly [F in keyof Required<T>]: Reader<Required<T>[F]> }

/** What is said of a text that was cut. */
const CUT = /… \[cut: \d+ of \d+ characters\]$/

/** An owner. One that is no valid id would cost the span, and one of which a part was taken out be that of many; the raw attribute still has it. */
export function id(value: Json): string | undefined {
  const read = text(value)
  if (read === undefined || read.includes(REDACTED) || CUT.test(read)) return undefined
  const isValid = Buffer.byteLength(read) <= MAX_ID_BYTES && !read.includes('\0') && read.isWellFormed()
  return isValid ? read : undefined
}

/** A payload. Lists of JSON texts (documents, values to embed) are read item by item. */
export function payload(value: Json): Json {
  return Array.isArray(value) ? value.map((item: Json) => json(item)) : json(value)
}

/** A field that no dialect has as such: {@link normalise} derives it. */
const derived = (): undefined => undefined

/** How the fields of each kind are read, whatever the dialect. */
export const READERS: { readonly [K in Exclude<SpanKind, 'other'>]: Readers<SpanDetails[K]> } = {
  run: { provider: text, model: text, name: text },
  llm: {
    provider: text,
    model: text,
    temperature: number,
    promptTokens: count,
    completionTokens: count,
    cacheReadTokens: count,
    cacheWriteTokens: count,
    reasoningTokens: count,
    cost: number,
    toolCalls,
    finishReason: first,
    timeToFirstToken: number,
  },
  tool: { tool: text, callId: text, arguments: toolValue, result: toolValue, exception: derived },
  hook: { hook: text, phase: word('pre', 'post'), outcome, modified: json },
  retrieval: { query: json, vectorStore: text, k: count, documents },
  delegation: { member: text, mode: text, traceId: hexTraceId },
}

/** JSON in a text is read when it is an object or an array; any other text stays text, and so do broken and inexact JSON. */
function json(value: Json): Json {
  return isStructure(value) ? (parsed(value) ?? value) : value
}

/** The same, for what is of no use as a text: numbers that are no doubles are texts in it. */
export function structure(value: Json): Json {
  const read = isStructure(value) ? jsonIn(value) : undefined
  if (read === undefined || isExact(value as string, read)) return read ?? value
  return jsonIn(withoutInexact(value as string)) ?? read
}

function isStructure(value: Json): value is string {
  return typeof value === 'string' && value.length <= MAX_COPY && /^\s*[[{]/.test(value)
}

/** Arguments and results are JSON through and through, so a quoted text is one. */
export function toolValue(value: Json): Json {
  const isQuoted = typeof value === 'string' && value.length <= MAX_COPY && /^".*"$/s.test(value)
  return isQuoted ? (parsed(value) ?? value) : json(value)
}

/** Nothing where the text is no JSON, or says more than the value does: a number that no double is, a key twice. */
function parsed(value: string): Json | undefined {
  const read = jsonIn(value)
  return read !== undefined && isExact(value, read) ? read : undefined
}

export function text(value: Json): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' ? String(value) : undefined
}

function number(value: Json): number | undefined {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof read === 'number' && Number.isFinite(read) && read >= 0 ? read : undefined
}

export function count(value: Json): number | undefined {
  const read = number(value)
  return Number.isSafeInteger(read) ? read : undefined
}

/** `finish_reasons` is a list with one reason per choice, some writers send it as JSON in a text. */
function first(value: Json): string | undefined {
  const read = structure(value)
  return text(Array.isArray(read) ? (read[0] ?? null) : read)
}

function word<W extends string>(...words: readonly W[]): Reader<W> {
  return (value) => words.find((known) => known === value)
}

/** `allow` is the word of other guard rails for `pass`. */
function outcome(value: Json): 'pass' | 'modify' | 'block' | undefined {
  return value === 'allow' ? 'pass' : word('pass', 'modify', 'block')(value)
}

function hexTraceId(value: Json): string | undefined {
  return typeof value === 'string' && /^[0-9a-f]{32}$/i.test(value) ? value.toLowerCase() : undefined
}

/** A list of calls, or the `tool_call` parts of GenAI messages. Nothing when the model called no tool. */
function toolCalls(value: Json): Json | undefined {
  const read = structure(value)
  if (!Array.isArray(read)) return undefined
  const parts = read.flatMap((item: Json) =>
    isObject(item) && Array.isArray(item.parts) ? (item.parts as Json[]) : [],
  )
  const areMessages = read.some((item: Json) => isObject(item) && (item.parts !== undefined || item.role !== undefined))
  const calls = areMessages ? parts.filter((part) => isObject(part) && part.type === 'tool_call') : read
  return calls.length === 0 ? undefined : calls
}

function documents(value: Json): RetrievedDocument[] | undefined {
  const read = structure(value)
  return Array.isArray(read) ? read.map((item: Json) => document(structure(item))) : undefined
}

function document(value: Json): RetrievedDocument {
  if (!isObject(value)) return { content: value }
  const { id, index, score, relevanceScore, content, text: body, metadata } = value
  return compact({
    id: text(id ?? index ?? null),
    score: finite(score ?? relevanceScore ?? value.distance ?? null),
    content: content ?? body ?? value.document,
    metadata,
  })
}

/** A similarity may be below zero. */
function finite(value: Json): number | undefined {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
