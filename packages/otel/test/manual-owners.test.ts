import { describe, expect, it } from 'vitest'
import { givenContexts, setUpManual } from './support/manual.js'

givenContexts()

const OWNERS = { runId: 'r', sessionId: 's', userId: 'u', agentId: 'a', teamId: 't', workflowId: 'w' }

describe('the owners of a run', () => {
  it('are those of the spans below, at any depth', async () => {
    const { tracer, spans } = setUpManual()
    await tracer.run({ name: 'A', ...OWNERS }, async () => {
      await tracer.tool({ name: 'search' }, async () => tracer.llm({ model: 'gpt' }, () => 'hi'))
      tracer.hook({ name: 'guard', phase: 'post' }, () => {})
      tracer.retrieve({ query: 'q' }, () => {})
    })
    const all = Object.values(await spans())
    expect(all).toHaveLength(5)
    for (const span of all) expect(span).toMatchObject(OWNERS)
  })

  it('are not those of spans beside it', async () => {
    const { tracer, only, spans } = setUpManual()
    tracer.run({ name: 'A', ...OWNERS }, () => {})
    expect(await only()).toMatchObject(OWNERS)
    tracer.tool({ name: 'search' }, () => {})
    expect((await spans())['execute_tool search']).not.toHaveProperty('userId')
  })

  it('that are told later are those of what starts from then on', async () => {
    const { tracer, spans } = setUpManual()
    tracer.run({ name: 'A' }, (span) => {
      tracer.tool({ name: 'before' }, () => {})
      span.set({ runId: 'r' })
      tracer.tool({ name: 'after' }, () => {})
    })
    const all = await spans()
    expect(['invoke_agent A', 'execute_tool before', 'execute_tool after'].map((name) => all[name]!.runId)).toEqual([
      'r',
      undefined,
      'r',
    ])
  })

  it('give way to those that are told below', async () => {
    const { tracer, spans } = setUpManual()
    tracer.run({ name: 'A', ...OWNERS }, () =>
      tracer.tool({ name: 'search', userId: 'u2', sessionId: undefined }, () => tracer.llm({ model: 'gpt' }, () => {})),
    )
    const all = await spans()
    expect(all['chat gpt']).toMatchObject({ ...OWNERS, userId: 'u2' })
    expect(all['invoke_agent A']).toMatchObject(OWNERS)
  })

  it.each([
    ['agent', 'agentId'],
    ['team', 'teamId'],
    ['workflow', 'workflowId'],
  ] as const)('of type %s have its name as %s, unless that is told', async (type, owner) => {
    const { tracer, spans } = setUpManual()
    tracer.run({ name: 'Refunds', type }, () => tracer.tool({ name: 'one' }, () => {}))
    tracer.run({ name: 'Refunds', type, [owner]: 'id' }, () => tracer.tool({ name: 'two' }, () => {}))
    const { 'execute_tool one': one, 'execute_tool two': two } = await spans()
    const ids = ['agentId', 'teamId', 'workflowId'] as const
    expect(ids.map((id) => one![id]).filter((id) => id !== undefined)).toEqual(['Refunds'])
    expect([one![owner], two![owner]]).toEqual(['Refunds', 'id'])
  })
})

describe('work that is delegated', () => {
  it('belongs to the member, and to the run, session and user that delegate it', async () => {
    const { tracer, spans } = setUpManual()
    tracer.run({ name: 'Boss', ...OWNERS }, () =>
      tracer.delegate({ member: 'clerk' }, () => tracer.llm({ model: 'gpt' }, () => {})),
    )
    const { 'chat gpt': call, 'invoke_agent clerk': delegation } = await spans()
    for (const span of [call, delegation]) expect(span).toMatchObject({ ...OWNERS, agentId: 'clerk' })
  })

  it('is a run of its own below it, where that is told', async () => {
    const { tracer, spans } = setUpManual()
    tracer.run({ name: 'Boss', runId: 'r1' }, () =>
      tracer.delegate({ member: 'clerk' }, () =>
        tracer.run({ name: 'Clerk', agentId: 'clerk', runId: 'r2' }, () => {}),
      ),
    )
    const { 'invoke_agent clerk': delegation, 'invoke_agent Clerk': run } = await spans()
    expect([delegation, run]).toMatchObject([
      { kind: 'delegation', runId: 'r1' },
      { kind: 'run', runId: 'r2', agentId: 'clerk', parentId: delegation!.spanId },
    ])
  })
})
