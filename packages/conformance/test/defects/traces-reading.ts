import type { SpanSummary, Trace } from '@freehold/contract'
import type { Defect } from './defect.js'
import { refuse, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Parameters<typeof spoiling<'traces'>>[3]) =>
  spoiling('traces', law, name, methods)

/** `get` with something wrong with what it found. */
export function getting(law: string, name: string, wrong: (trace: Trace) => Trace): Defect {
  return spoil(law, name, (store) => ({
    async get(traceId) {
      const trace = await store.get(traceId)
      return trace === null ? null : wrong(trace)
    },
  }))
}

export const traceReadingDefects: readonly Defect[] = [
  spoil('a trace that does not exist is null', 'a missing trace is an error', (store) => ({
    get: async (traceId) => (await store.get(traceId)) ?? refuse('not_found'),
  })),
  getting('a trace of 10,000 spans comes back whole and in order', 'a trace ends after 2,000 spans', (trace) => ({
    ...trace,
    spans: trace.spans.slice(0, 2000),
  })),
  spoil(
    'one span comes back whole and one that does not exist is null',
    'the events of one span are lost',
    (store) => ({
      async span(traceId, spanId) {
        const span = await store.span(traceId, spanId)
        if (span?.events === undefined) return span
        const { events: _, ...rest } = span
        return rest as typeof span
      },
    }),
  ),
  spoil(
    'an outline has every span of a trace in order without payloads',
    'an outline ends after 1,000 spans',
    (store) => ({
      async outline(traceId) {
        const outline = await store.outline(traceId)
        return outline && { ...outline, spans: outline.spans.slice(0, 1000) }
      },
    }),
  ),
  getting(
    'raw attributes, events, links, resource and scope come back as they came',
    'what a link tells is lost',
    (trace) => ({
      ...trace,
      spans: trace.spans.map((span) => ({
        ...span,
        ...(span.links && { links: span.links.map(({ attributes: _, ...link }) => link) }),
      })),
    }),
  ),
  getting('a span comes back as it was written', 'what a tool gave back is lost', (trace) => ({
    ...trace,
    spans: trace.spans.map((span) => {
      if (span.kind !== 'tool' || span.detail === undefined) return span
      const { result: _, ...detail } = span.detail
      return { ...span, detail }
    }),
  })),
  getting(
    'what spans of one trace repeat comes back whole in each of them',
    'the end of a conversation that goes on is lost',
    (trace) => ({
      ...trace,
      spans: trace.spans.map((span) => {
        const { messages, turn } = span.attributes ?? {}
        if (typeof messages !== 'string' || turn !== 24 || span.output === undefined) return span
        return { ...span, attributes: { ...span.attributes, messages: messages.slice(0, -1) } }
      }),
    }),
  ),
  spoil('names are compared byte for byte', 'the tool of a trace ignores case', (store) => ({
    async find({ tool, ...query } = {}, page) {
      if (tool === undefined) return store.find(query, page)
      const found = await store.find(query, page)
      const wanted = tool.toLowerCase()
      const items = found.items.filter(({ tools }) => tools.some((one) => one.toLowerCase() === wanted))
      return { ...found, items }
    },
  })),
  spoil('traces are listed newest first', 'a page is listed oldest first', (store) => ({
    async find(query, page) {
      const found = await store.find(query, page)
      return { ...found, items: found.items.toReversed() }
    },
  })),
  spoil(
    'every filter of traces narrows the list and filters combine',
    'the kind of a trace is not asked for',
    (store) => ({
      find: (query, page) => store.find(query?.kind === undefined ? query : { ...query, kind: undefined }, page),
    }),
  ),
  spoil('every filter of traces narrows the list and filters combine', 'a prefix ignores case', (store) => ({
    async find({ namePrefix, ...query } = {}, page) {
      const found = await store.find(query, page)
      const wanted = namePrefix?.toLowerCase() ?? ''
      return { ...found, items: found.items.filter(({ name }) => name.toLowerCase().startsWith(wanted)) }
    },
  })),
  spoil(
    'every filter of traces narrows the list and filters combine',
    'a prefix ends before the last character',
    (store) => ({
      async find(query = {}, page) {
        const { namePrefix = '' } = query
        const found = await store.find(query, page)
        return { ...found, items: found.items.filter(({ name }) => !name.startsWith(`${namePrefix}\u{10ffff}`)) }
      },
    }),
  ),
  spoil('every filter of traces narrows the list and filters combine', 'filters are joined by or', (store) => ({
    async find(query = {}, page) {
      const { userId, status, ...rest } = query
      if (userId === undefined || status === undefined) return store.find(query, page)
      const ofUser = await store.find({ userId, ...rest }, page)
      const ofStatus = await store.find({ status, ...rest }, page)
      return { items: [...ofUser.items, ...ofStatus.items] }
    },
  })),
  spoil('every filter of traces narrows the list and filters combine', 'a prefix takes wildcards', (store) => ({
    async find({ namePrefix, ...query } = {}, page) {
      if (!namePrefix?.includes('*')) return store.find({ ...query, namePrefix }, page)
      return store.find({ ...query, namePrefix: namePrefix.replaceAll('*', '') || undefined }, page)
    },
  })),
  spoil('every filter of traces narrows the list and filters combine', 'a duration is that first told', (store) => {
    const running = new Set<string>()
    const seen = new Set<string>()
    return {
      write(spans) {
        for (const { traceId, endedAt } of spans) {
          if (!seen.has(traceId) && endedAt === undefined) running.add(traceId)
          seen.add(traceId)
        }
        return store.write(spans)
      },
      async find(query, page) {
        const found = await store.find(query, page)
        const asked = query?.minDuration !== undefined
        return { ...found, items: found.items.filter(({ traceId }) => !asked || !running.has(traceId)) }
      },
    }
  }),
  spoil('spans are listed newest first without their payloads', 'the list leaves out parents', (store) => ({
    async spans(query, page) {
      const found = await store.spans(query, page)
      return { ...found, items: found.items.map(({ parentId: _, ...item }) => item) }
    },
  })),
  spoil('spans are listed newest first without their payloads', 'the list ships attributes', (store) => ({
    async spans(query, page) {
      const found = await store.spans(query, page)
      return { ...found, items: found.items.map((item) => ({ ...item, attributes: {} }) as SpanSummary) }
    },
  })),
  spoil('every filter of spans narrows the list and filters combine', 'a status is not asked for', (store) => ({
    spans: (query, page) => store.spans(query?.status === undefined ? query : { ...query, status: undefined }, page),
  })),
  spoil(
    'spans are found by owners of their own, whichever their trace shows',
    'a user has no spans in the traces of another',
    (store) => ({
      async spans(query, page) {
        const found = await store.spans(query, page)
        if (query?.userId === undefined) return found
        const own = await Promise.all(found.items.map(({ traceId }) => store.outline(traceId)))
        return { ...found, items: found.items.filter((_, i) => own[i]?.summary.userId === query.userId) }
      },
    }),
  ),
  spoil('tool statistics count calls and errors of tool spans', 'failures are not counted', (store) => ({
    toolStats: async (query) => (await store.toolStats(query)).map((one) => ({ ...one, errors: 0 })),
  })),
  spoil('tool statistics count calls and errors of tool spans', 'calls of no tool are one', (store) => ({
    async toolStats(query) {
      const stats = await store.toolStats(query)
      const { items } = await store.spans({ ...query, kind: 'tool' })
      const nameless = items.filter(({ tool }) => tool === undefined)
      if (nameless.length === 0) return stats
      return [{ tool: '', calls: nameless.length, errors: 0, lastCalledAt: nameless[0]!.startedAt }, ...stats]
    },
  })),
]
