import { inspect } from 'node:util'
import { type Json, type JsonObject, StoreError } from '@freehold/contract'
import type { Defect } from './defect.js'
import { onRefusal, refuse, spoiling } from './spoil.js'

const SESSION_FILTERS = ['agentId', 'teamId', 'workflowId', 'userId', 'type', 'from', 'to', 'labels']

export const valueDefects: readonly Defect[] = [
  spoiling('sessions', 'ids are compared byte for byte', 'session ids ignore case', (store) => ({
    save: (session, options) => store.save({ ...session, id: lower(session.id) }, options),
    get: (id) => store.get(lower(id)),
  })),
  spoiling('approvals', 'ids are compared byte for byte', 'approval ids lose spaces at their end', (store) => ({
    request: (approval) => store.request({ ...approval, id: approval.id?.trimEnd() }),
    get: (id) => store.get(id?.trimEnd()),
  })),
  spoiling(
    'sessions',
    'ids of 128 bytes are kept whole and longer ones are refused by name',
    'ids are kept to 127 characters',
    (store) => ({
      save: (session, options) => store.save({ ...session, id: cut(session.id) }, options),
    }),
  ),
  spoiling('audit', 'JSON comes back equal to what went in', 'empty keys are lost', (store) => ({
    append: (entries) =>
      store.append(entries.map((entry) => (isObject(entry?.data) ? { ...entry, data: keyed(entry.data) } : entry))),
  })),
  spoiling('sessions', 'JSON comes back equal to what went in', 'a text that looks like JSON is parsed', (store) => ({
    async run(id) {
      const run = await store.run(id)
      return typeof run?.output === 'string' ? { ...run, output: parsed(run.output) } : run
    },
  })),
  spoiling(
    'approvals',
    'NUL characters and lone surrogates cost one value and never the row',
    'a context with a NUL character is refused',
    (store) => ({
      async request(approval) {
        const approved = await store.request(approval)
        if (approved.repairs?.some(({ field }) => field.startsWith('context.nul')))
          throw new StoreError('invalid', 'a NUL character')
        return approved
      },
    }),
  ),
  spoiling(
    'traces',
    'all that is wrong with the arguments of a call is told at once',
    'the page comes first',
    (store) => ({
      async find(query, page) {
        await store.find({}, page)
        return store.find(query, page)
      },
    }),
  ),
  spoiling('sessions', 'a value that is not JSON is refused by the path of the field', 'NaN becomes null', (store) => ({
    save: (session, options) => store.save({ ...session, state: withoutNaN(session.state) }, options),
  })),
  spoiling('approvals', 'microseconds survive the round trip', 'what is due is rounded', (store) => ({
    request: ({ dueAt, ...approval }) =>
      store.request(typeof dueAt === 'number' ? { ...approval, dueAt: Math.round(dueAt) } : approval),
  })),
  spoiling(
    'sessions',
    'a record that becomes larger than 12 MiB is refused as invalid by its field and what fits is kept whole',
    'what would be too large is left out without a word',
    (store) => ({
      updateRun: (id, patch, options) =>
        store.updateRun(id, patch, options).catch((error: StoreError) => {
          if (!error.message.includes('12582912')) throw error
          return store.updateRun(id, {}, options)
        }),
    }),
  ),
  spoiling(
    'approvals',
    'long reasons of early voters leave room for those who vote later',
    'votes with long reasons leave no room for others',
    (store) => ({
      async decide(id, decision) {
        const votes = (await store.get(id))?.votes ?? []
        if (JSON.stringify(votes).length > 2_000_000) refuse('invalid')
        return store.decide(id, decision)
      },
    }),
  ),
  spoiling(
    'traces',
    'a record that would make its span larger than 12 MiB is rejected by its place and the span stays',
    'what would make a span too large is lost without a word',
    (store) => ({
      async write(spans) {
        const { rejected, duplicates, ...counts } = await store.write(spans)
        const told = rejected.filter(({ reason }) => !reason.includes('12582912'))
        return { ...counts, duplicates: duplicates + rejected.length - told.length, rejected: told }
      },
    }),
  ),
  spoiling(
    'sessions',
    'an unknown field or filter is refused by name and never ignored',
    'an unknown filter is left out',
    (store) => ({
      list: (query, page) =>
        store.list(
          query && Object.fromEntries(Object.entries(query).filter(([key]) => SESSION_FILTERS.includes(key))),
          page,
        ),
    }),
  ),
  spoiling(
    'sessions',
    'a read that fails is an error and never an empty answer',
    'a list that cannot be read is empty',
    (store) => ({
      list: (query, page) => onRefusal('unsupported', store.list(query, page), () => ({ items: [] })),
    }),
  ),
  spoiling('sessions', 'an error message never holds a payload', 'a refusal quotes the run', (store) => ({
    appendRun: (run) =>
      store.appendRun(run).catch((error: StoreError) => {
        throw new StoreError(error.code, `${error.message}: ${inspect(run)}`, error)
      }),
  })),
]

function lower(id: string): string {
  return typeof id === 'string' ? id.toLowerCase() : id
}

/** Too long an id is left to be refused. */
function cut(id: string): string {
  return id?.length === 128 ? id.slice(0, 127) : id
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null
}

function keyed({ '': _, ...data }: JsonObject): JsonObject {
  return data
}

function withoutNaN<T>(value: T): T {
  if (Number.isNaN(value)) return null as T
  if (Array.isArray(value)) return value.map(withoutNaN) as T
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutNaN(one)])) as T
}
