import { compact, type JsonObject, type SpanInput, shownName } from '@freehold/contract'
import { type Door, throughDoor } from './door/door.js'
import { normalise } from './normalise.js'
import { Found, type OtlpProblem } from './otlp-found.js'
import { rawSpanOf } from './otlp-span.js'
import { countIn, fromKeyValues, isAbsent, isRecord, nameIn, nameUnknown } from './otlp-values.js'

/** The spans that were found so far, and what was not read. */
export class FoundSpans extends Found {
  readonly spans: SpanInput[] = []
  readonly paths: string[] = []
  /** The first of those that could not be read or kept. */
  readonly rejected: OtlpProblem[] = []
  /** How many there are. */
  rejectedCount = 0

  /**
   * @param door what is done to each span before anything is read of it; nothing unless told
   * @param most how many that could not be kept are told one by one; all unless told
   */
  constructor(
    readonly door: Door = (raw) => raw,
    private readonly most = Number.POSITIVE_INFINITY,
  ) {
    super()
  }

  refuse(path: string, reason: string): void {
    this.rejectedCount += 1
    if (this.rejected.length < this.most) this.rejected.push({ path, reason })
  }

  /** The span of this number could not be kept, if it is one of these. */
  reject(index: number, reason: string): void {
    const path = this.paths[index]
    if (path !== undefined) this.refuse(path, reason)
  }
}

/** Reads a document of OTLP/JSON. What is malformed is named and costs only itself. */
export function readDocument(document: unknown, place: string, found: FoundSpans): void {
  if (!isRecord(document) || !Array.isArray(document.resourceSpans)) {
    found.warn(`${place}resourceSpans`, 'is missing; give an OTLP/JSON trace document')
    return
  }
  for (const key of Object.keys(document)) {
    if (key === 'resourceSpans') continue
    const holds = key.startsWith('resource') ? 'holds no traces' : 'is no field of a trace document'
    found.warn(`${place}${shownName(key)}`, `${holds}; not read`)
  }
  for (const { path, record: resourceSpans } of recordsIn(document, 'resourceSpans', place, found)) {
    const resource = found.at(path, () => resourceOf(resourceSpans, found))
    for (const field of SCOPE_SPANS) {
      for (const { path: within, record: scopeSpans } of recordsIn(resourceSpans, field, `${path}.`, found)) {
        const scope = found.at(within, () => scopeOf(scopeSpans, found))
        for (const [index, span] of listIn(scopeSpans, 'spans', `${within}.`, found).entries()) {
          readSpan(span, `${within}.spans[${index}]`, resource, scope, found)
        }
      }
    }
  }
}

/** The current name, and that of OTLP before 0.15. */
const SCOPE_SPANS = ['scopeSpans', 'instrumentationLibrarySpans']

/** The list that a field holds. One that is absent is empty; anything else that is no list is named. */
export function listIn(parent: Record<string, unknown>, field: string, prefix: string, found: Found): unknown[] {
  const list = parent[field]
  if (list !== undefined && !Array.isArray(list)) {
    found.warn(`${prefix}${field}`, 'must be a list; passed over')
  }
  return Array.isArray(list) ? list : []
}

/** The objects in a list, each with its path; what is none is named. */
export function recordsIn(
  parent: Record<string, unknown>,
  field: string,
  prefix: string,
  found: Found,
): { path: string; record: Record<string, unknown> }[] {
  return listIn(parent, field, prefix, found).flatMap((record, index) => {
    const path = `${prefix}${field}[${index}]`
    if (isRecord(record)) return [{ path, record }]
    found.warn(path, 'must be an object; passed over')
    return []
  })
}

function readSpan(
  span: unknown,
  path: string,
  resource: JsonObject | undefined,
  scope: JsonObject | undefined,
  found: FoundSpans,
): void {
  const raw = found.at(path, () => rawSpanOf(span, resource, scope, found))
  const read = typeof raw === 'string' ? raw : throughDoor(raw, found.door)
  if (typeof read === 'string') {
    found.refuse(path, read)
    return
  }
  found.spans.push(normalise(read))
  found.paths.push(path)
}

const RESOURCE_SPANS = new Set(['resource', ...SCOPE_SPANS, 'schemaUrl'])
/** Exporters of JavaScript write `schemaUrl` here, beside where it belongs. */
const RESOURCE = new Set(['attributes', 'droppedAttributesCount', 'entityRefs', 'schemaUrl'])
const SCOPED_SPANS = new Set(['scope', 'instrumentationLibrary', 'spans', 'schemaUrl'])
const SCOPE = new Set(['name', 'version', 'attributes', 'droppedAttributesCount'])

function resourceOf(resourceSpans: Record<string, unknown>, found: Found): JsonObject | undefined {
  nameUnknown(resourceSpans, RESOURCE_SPANS, found)
  const { resource } = resourceSpans
  const within = isRecord(resource) ? resource : {}
  const schemaUrl = nameIn(resourceSpans, 'schemaUrl', found) ?? nameIn(within, 'schemaUrl', found)
  if (!isObjectIn(resource, '.resource', found)) return schemaUrl === undefined ? undefined : { schemaUrl }
  return found.at('.resource', () => {
    nameUnknown(resource, RESOURCE, found)
    return compact({
      attributes: found.at('.attributes', () => fromKeyValues(resource.attributes, found)),
      droppedAttributesCount: countIn(resource, 'droppedAttributesCount', found) || undefined,
      entityRefs: isEmpty(resource.entityRefs) ? undefined : resource.entityRefs,
      schemaUrl,
    }) as JsonObject
  })
}

function scopeOf(scopeSpans: Record<string, unknown>, found: Found): JsonObject | undefined {
  nameUnknown(scopeSpans, SCOPED_SPANS, found)
  const field = isAbsent(scopeSpans.scope) ? 'instrumentationLibrary' : 'scope'
  const scope = scopeSpans[field]
  if (field === 'scope' && !isAbsent(scopeSpans.instrumentationLibrary))
    found.warn('.instrumentationLibrary', 'stands beside scope; passed over')
  const schemaUrl = nameIn(scopeSpans, 'schemaUrl', found)
  if (!isObjectIn(scope, `.${field}`, found)) return schemaUrl === undefined ? undefined : { schemaUrl }
  return found.at(`.${field}`, () => {
    nameUnknown(scope, SCOPE, found)
    const attributes = found.at('.attributes', () => fromKeyValues(scope.attributes, found))
    return compact({
      name: nameIn(scope, 'name', found),
      version: nameIn(scope, 'version', found),
      attributes: Object.keys(attributes).length === 0 ? undefined : attributes,
      droppedAttributesCount: countIn(scope, 'droppedAttributesCount', found) || undefined,
      schemaUrl,
    })
  })
}

function isEmpty(list: unknown): boolean {
  return isAbsent(list) || (Array.isArray(list) && list.length === 0)
}

/** What is neither an object nor absent is named. */
function isObjectIn(value: unknown, path: string, found: Found): value is Record<string, unknown> {
  if (isRecord(value)) return true
  if (!isAbsent(value)) found.warn(path, 'must be an object; passed over')
  return false
}
