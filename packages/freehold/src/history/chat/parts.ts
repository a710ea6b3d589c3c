import type { Json, JsonObject } from '@freehold/contract'
import { type ChatPart, NotChat } from './chat.js'
import { type Call, callOf, isCall, isResult, type Result, resultOf } from './tool-parts.js'
import { asText, isObject, textAmong } from './values.js'

/** What one part of a message is. Nothing where it is none that a model is shown, or its own thoughts. */
export type Part = { shown: ChatPart } | { call: Call } | { result: Result } | undefined

const TEXTS = new Set(['text', 'input_text', 'output_text'])
/** Thoughts are no part of the form, and what frameworks note between parts never was one. */
const SILENT = new Set([
  'reasoning',
  'thinking',
  'redacted_thinking',
  'thought',
  'step-start',
  'tool-approval-request',
  'tool-approval-response',
  'source',
  'source-url',
  'source-document',
])
/** How the data of an image begins, in Base64, where nothing else says what it is. */
const BEGINNINGS: readonly (readonly [beginning: string, mime: string])[] = [
  ['iVBORw', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
]

/**
 * A part as OpenAI (both APIs), Anthropic, Gemini, the AI SDK (model and UI messages), OpenTelemetry GenAI, OpenInference and
 * LangChain write it.
 *
 * @throws NotChat where the form has nothing of the kind
 */
export function partsOf(raw: Json): Part[] {
  if (typeof raw === 'string') return [textPart(raw)]
  if (!isObject(raw)) throw new NotChat('unfit_content')
  if (isObject(raw.message_content)) return partsOf(raw.message_content)
  const type = textAmong(raw.type) ?? ''
  if (isSilent(raw)) return []
  if (TEXTS.has(type) || (type === '' && raw.text !== undefined)) return [textPart(asText(raw.text ?? raw.content))]
  if (isCall(raw)) return [{ call: callOf(raw) }]
  if (isResult(raw)) return [{ result: resultOf(raw) }]
  if (type === 'dynamic-tool' || type.startsWith('tool-')) return partsOfUiTool(raw, type)
  const url = imageIn(raw, type)
  if (url === undefined) throw new NotChat('unfit_content')
  return [{ shown: { type: 'image_url', image_url: { url } } }]
}

export function isSilent({ type, thought }: JsonObject): boolean {
  return (typeof type === 'string' && (SILENT.has(type) || type.startsWith('data-'))) || thought === true
}

function textPart(text: string): Part {
  return text === '' ? undefined : { shown: { type: 'text', text } }
}

/** A call and its result are one part of a UI message of the AI SDK. */
function partsOfUiTool(raw: JsonObject, type: string): Part[] {
  const { toolCallId, input, output, errorText, state } = raw
  const toolName = raw.toolName ?? type.slice('tool-'.length)
  const call: Part = { call: callOf({ toolCallId, toolName, input }) }
  if (state === 'output-available') return [call, { result: resultOf({ toolCallId, toolName, result: output }) }]
  if (state === 'output-error') return [call, { result: resultOf({ toolCallId, toolName, result: errorText }) }]
  return [call]
}

/** Where an image is, or what it is as a data URL. Nothing where the part is no image. */
function imageIn(raw: JsonObject, type: string): string | undefined {
  const { image, source, image_url } = raw
  const inner = isObject(image) ? (isObject(image.image) ? image.image : image) : undefined
  if (type === 'image_url' || type === 'input_image') return textAmong(isObject(image_url) ? image_url.url : image_url)
  const data = raw.inline_data ?? raw.inlineData
  if (isObject(data)) return ofImage(data.mime_type ?? data.mimeType, data.data)
  const mime = textAmong(raw.mediaType, raw.mimeType, raw.mime_type)
  if (type === 'blob' || type === 'uri')
    return raw.modality === 'image' ? ofImage(mime, raw.content ?? raw.uri) : undefined
  if (type === 'file') return mime?.startsWith('image/') ? ofImage(mime, raw.url ?? raw.data) : undefined
  if (type !== 'image') return undefined
  if (isObject(source)) return textAmong(source.url) ?? ofImage(source.media_type, source.data)
  return inner === undefined ? ofImage(mime, image) : textAmong(inner.url)
}

function ofImage(told: Json | undefined, data: Json | undefined): string | undefined {
  if (typeof data !== 'string' || data === '') return undefined
  // Types are told as `image/*`, too.
  const isTold = typeof told === 'string' && !told.endsWith('/*')
  const mime = isTold ? told : BEGINNINGS.find(([beginning]) => data.startsWith(beginning))?.[1]
  if (isTold && !told.startsWith('image/')) return undefined
  if (/^(https?|data):/.test(data)) return data
  return mime === undefined ? undefined : `data:${mime};base64,${data}`
}
