import type { Labels, SpanInput } from '@freehold/contract'
import { type LabelRules, openStorage } from 'freehold'
import { describe, expect, it } from 'vitest'
import { labelsFrom } from '../src/labels/label-rules.js'
import { problemsOf } from './support/problems.js'

const RULES: LabelRules = {
  environment: 'deployment.environment.name',
  release: ['service.version', 'langsmith.metadata.revision_id'],
}

const T0 = 1_750_000_000_000
const traceId = '1'.repeat(32)
const span = (fields: object = {}): SpanInput =>
  ({ traceId, spanId: '1'.repeat(16), name: 'answer', startedAt: T0, ...fields }) as SpanInput

async function opened<T>(work: (storage: Awaited<ReturnType<typeof openStorage>>) => Promise<T>): Promise<T> {
  const storage = await openStorage({ databases: { main: 'sqlite::memory:' }, migrate: true, labels: RULES })
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}

const labelsOfSpan = (fields: object) =>
  opened(async ({ traces }) => {
    await traces.write([span(fields)])
    return (await traces.get(traceId))?.summary.labels
  })

describe('labels of a span, by rules', () => {
  it.each<[string, object, Labels | undefined]>([
    ['its attributes', { attributes: { 'deployment.environment.name': 'prod' } }, { environment: 'prod' }],
    ['its resource', { resource: { 'service.version': 1.4 } }, { release: 1.4 }],
    [
      'its attributes before its resource',
      { attributes: { 'service.version': 'a' }, resource: { 'service.version': 'b' } },
      { release: 'a' },
    ],
    [
      'the first that is named',
      { attributes: { 'langsmith.metadata.revision_id': 'second' }, resource: { 'service.version': 'first' } },
      { release: 'first' },
    ],
    [
      'what it tells itself',
      { labels: { environment: 'dev', own: true }, attributes: { 'deployment.environment.name': 'prod' } },
      { environment: 'dev', own: true },
    ],
    [
      'the first that can be a label',
      { attributes: { 'service.version': ['1'], 'langsmith.metadata.revision_id': 'r1' } },
      { release: 'r1' },
    ],
    ['nothing where nothing fits', { attributes: { 'service.version': 'x'.repeat(101), other: 1 } }, undefined],
  ])('are made of %s', async (_, fields, labels) => {
    expect(await labelsOfSpan(fields)).toEqual(labels)
  })

  it('leave room for those that are told', () => {
    const told = Object.fromEntries(Array.from({ length: 19 }, (_, n) => [`own${n}`, n]))
    const rules = new Map(Object.entries({ a: ['x'], b: ['y'] }))
    expect(labelsFrom(rules, [{ x: 1, y: 2 }], told)).toEqual({ a: 1 })
  })

  it('leave what is no span to the store, which says what is wrong with it', async () => {
    const odd = [
      null,
      7,
      { ...span(), labels: 'prod', attributes: { 'service.version': '1' } },
      {
        get traceId() {
          throw new Error('no')
        },
      },
    ]
    const result = await opened(({ traces }) => traces.write([...odd, span()] as never))
    expect([result.written, result.rejected.map(({ index }) => index)]).toEqual([1, [0, 1, 3]])
  })

  it('are given in every tenant', async () => {
    const found = await opened(async (storage) => {
      await storage.tenant('acme').traces.write([span({ attributes: { 'service.version': '1.4' } })])
      return storage.tenant('acme').traces.find({ labels: { release: '1.4' } })
    })
    expect(found.items).toHaveLength(1)
  })
})

describe('labels of sessions and runs, by rules', () => {
  it('are made of their metadata, unless they are told', async () => {
    const runs = await opened(async ({ sessions }) => {
      await sessions.save({ id: 's', type: 'agent', metadata: { 'service.version': '1.4' } })
      await sessions.appendRun({ id: 'one', sessionId: 's', metadata: { 'service.version': '1.4' } })
      await sessions.appendRuns([
        { id: 'two', sessionId: 's', metadata: { 'service.version': '1.4' }, labels: { release: 'own' } },
        { id: 'three', sessionId: 's' },
      ])
      await sessions.updateRun('three', { metadata: { 'service.version': '1.5' } })
      const released = async (release: string) =>
        (await sessions.runs({ labels: { release } })).items.map(({ id }) => id)
      expect((await sessions.list({ labels: { release: '1.4' } })).items).toHaveLength(1)
      return [await released('1.4'), await released('own'), await released('1.5')]
    })
    expect(runs).toEqual([['one'], ['two'], ['three']])
  })

  it('take the place of what they made before, and leave the others', async () => {
    const session = await opened(async ({ sessions }) => {
      await sessions.save({ id: 's', type: 'agent', metadata: { 'service.version': '1.4' }, labels: { tier: 1 } })
      await sessions.save({ id: 's', type: 'agent', metadata: { 'service.version': '1.5' } })
      await sessions.save({ id: 's', type: 'agent', state: { step: 2 } })
      return sessions.get('s')
    })
    expect(session).toMatchObject({ labels: { tier: 1, release: '1.5' }, version: 3 })
  })

  it('leave what is wrong to the store', async () => {
    await opened(async ({ sessions }) => {
      const metadata = { 'service.version': '1.4' }
      await expect(sessions.save({ id: '', type: 'agent', metadata })).rejects.toMatchObject({ code: 'invalid' })
      await expect(sessions.save(undefined as never)).rejects.toMatchObject({ code: 'invalid' })
      await expect(sessions.appendRun(7 as never)).rejects.toMatchObject({ code: 'invalid' })
      await expect(sessions.updateRun('nobody', { metadata })).rejects.toMatchObject({ code: 'not_found' })
    })
  })
})

describe('the rules in a configuration', () => {
  it('are refused with all that is wrong with them', async () => {
    const labels = {
      '1st': 'a',
      empty: [],
      blank: '',
      odd: ['a', 7],
      long: 'x'.repeat(256),
      many: Array.from({ length: 21 }, (_, n) => `a${n}`),
      nothing: null,
    }
    const problems = await problemsOf(openStorage({ databases: { main: 'sqlite::memory:' }, labels: labels as never }))
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'labels',
      ...['nothing', 'empty', 'blank', 'odd', 'long', 'many'].map((name) => `labels.${name}`),
    ])
  })

  it.each(['release', ['release'], 7, Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`l${n}`, 'a']))])(
    '%j is refused as a whole',
    async (labels) => {
      const problems = await problemsOf(
        openStorage({ databases: { main: 'sqlite::memory:' }, labels: labels as never }),
      )
      expect(problems.map((problem) => problem.split(':')[0])).toEqual(['labels'])
    },
  )
})
