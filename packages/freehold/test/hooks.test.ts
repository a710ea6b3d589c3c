import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { auditHook, openStorage, personal, type Storage, sessionHook } from '../src/index.js'
import { failing, hooksOn, RUN, spoolDirectory, storageOn } from './support/hooked.js'

const actors = async (storage: Storage) =>
  (await storage.audit.read({ stream: 'main' })).items.map(({ actor }) => actor)

describe('a hook that fails', () => {
  it.each([
    [
      'whose record throws',
      () => {
        throw new Error('oh')
      },
      'oh',
    ],
    ['that records a promise', async () => ({ actor: 'a', action: 'b' }), 'no promise'],
    ['that records a promise that rejects', async () => Promise.reject(new Error('later')), 'no promise'],
    ['that records what it awaits', () => [1, Promise.reject(new Error('later'))], 'no promise'],
    ['that records no record', () => 'entry', 'record returned what is no record'],
  ])('%s lets the run go on, and is counted and told', async (_, record, why) => {
    const { audit, told } = hooksOn(await storageOn('sqlite'), { background: true, record })
    await audit(RUN)
    expect(audit.counts).toMatchObject({ calls: 1, failed: 1, recorded: 0 })
    expect(told.errors).toEqual([expect.stringMatching(new RegExp(`^a hook failed, and the run goes on: .*${why}`))])
  })

  it('lets the run go on though its listener throws', async () => {
    const onError = () => {
      throw new Error('oh')
    }
    const { audit } = hooksOn(await storageOn('sqlite'), { onError, record: () => 'entry' })
    await audit(RUN)
    expect(audit.counts.failed).toBe(1)
  })

  it('lets the run go on when the database is away for longer than it is waited for', async () => {
    const storage = failing(await storageOn('sqlite'), 1_000, 'before')
    const { audit, told } = hooksOn(storage, { deadline: 100 })
    await audit(RUN)
    expect(audit.counts).toMatchObject({ calls: 1, failed: 1, recorded: 1, written: 0, dropped: { refused: 1 } })
    expect(told.errors).toEqual(['a hook failed, and the run goes on: the database is away'])
  })

  it('rejects where no answer is to be given without its record', async () => {
    const storage = failing(await storageOn('sqlite'), 1_000, 'before')
    const { audit } = hooksOn(storage, { deadline: 100, required: true })
    await expect(audit(RUN)).rejects.toMatchObject({ code: 'unavailable' })
    expect(audit.counts).toMatchObject({ calls: 1, failed: 1 })
  })

  it('rejects with what is wrong with the record where it is required', async () => {
    const { audit, told } = hooksOn(await storageOn('sqlite'), {
      required: true,
      record: () => ({ actor: 'a', action: 7 }),
    })
    await expect(audit(RUN)).rejects.toMatchObject({ code: 'invalid' })
    expect([told.errors, told.rejected]).toEqual([[], [expect.stringContaining('action: is a number')]])
  })
})

describe('in the foreground', () => {
  it('a call resolves when it is written', async () => {
    const storage = await storageOn('sqlite')
    const { audit } = hooksOn(storage)
    await audit(RUN)
    expect(await actors(storage)).toEqual(['support'])
  })

  it('what may succeed later is tried again', async () => {
    const storage = await storageOn('sqlite')
    const { audit, told } = hooksOn(failing(storage, 2, 'before'))
    await audit(RUN)
    expect([await actors(storage), audit.counts.failed, told.errors]).toEqual([['support'], 0, []])
  })

  it('closing waits for what is written, and refuses what comes after', async () => {
    const storage = await storageOn('sqlite')
    const { audit } = hooksOn(storage)
    const called = audit(RUN)
    await audit.close()
    expect(await actors(storage)).toEqual(['support'])
    await called
    await audit(RUN)
    expect(audit.counts).toMatchObject({ calls: 2, written: 1, failed: 1, dropped: { closed: 1 } })
  })
})

describe('in the background', () => {
  it('a call returns before anything is written', async () => {
    const storage = await storageOn('sqlite')
    const { audit } = hooksOn(storage, { background: true })
    await audit(RUN)
    expect([await actors(storage), audit.counts.queued]).toEqual([[], 1])
  })

  it('what the caller changes after the call is not written', async () => {
    const storage = await storageOn('sqlite')
    const { sessions } = hooksOn(storage, { background: true })
    const messages = [{ role: 'user', content: 'as it was' }]
    await sessions({ ...RUN, runId: 'r-1', messages })
    messages[0]!.content = 'changed'
    await sessions.flush()
    expect(await storage.sessions.run('r-1')).toMatchObject({ messages: [{ content: 'as it was' }] })
  })

  it('a record has the time of the call', async () => {
    const storage = await storageOn('sqlite')
    const { audit } = hooksOn(storage, { background: true })
    const before = Date.now()
    await audit(RUN)
    const after = Date.now()
    await audit.flush()
    const [entry] = (await storage.audit.read()).items
    expect([entry!.time >= before, entry!.time <= after]).toEqual([true, true])
  })

  it.each<[string, unknown, RegExp]>([
    ['a function', () => {}, /cannot be copied, such as a function/],
    ['an address', new URL('https://example.org'), /an object of a class/],
    ['a personal value', personal('ada', 'ada@example.org'), /personal value/],
    ['a date', new Date(0), /data\.value: .*Date/],
    ['a number that is none', Number.NaN, /data\.value: NaN is not JSON/],
  ])('%s costs its record, and is told', async (_, value, reason) => {
    const { audit, told } = hooksOn(await storageOn('sqlite'), {
      background: true,
      record: () => ({ actor: 'a', action: 'b', data: { value } }),
    })
    await audit(RUN)
    await audit.flush()
    expect(told.rejected).toEqual([expect.stringMatching(reason)])
    expect(audit.counts).toMatchObject({ recorded: 1, rejected: 1, written: 0 })
  })

  it('what comes after closing is counted and told', async () => {
    const { audit, told } = hooksOn(await storageOn('sqlite'), { background: true, interval: 5 })
    await audit.close()
    await audit(RUN)
    await expect.poll(() => told.errors.join()).toMatch(/1 audit entry of a hook dropped: the queue is closed/)
    expect(audit.counts.dropped.closed).toBe(1)
  })

  it('what the database does not take is left on the disk, and written by the next', async () => {
    const storage = await storageOn('sqlite')
    const spool = { directory: spoolDirectory() }
    const away = hooksOn(failing(storage, 1_000, 'before'), { background: true, spool, interval: 5 })
    await away.audit(RUN)
    await away.audit.close()
    expect(away.told.errors.join()).toContain('1 audit entry of a hook left in the spool')
    const next = hooksOn(storage, { background: true, spool, interval: 5 })
    await expect.poll(() => next.audit.counts.replayed).toBe(1)
    await next.audit.flush()
    expect(await actors(storage)).toEqual(['support'])
  })

  it('what was kept is on the disk, fsynced, while the database is away', async () => {
    const spool = { directory: spoolDirectory() }
    const options = { background: true, spool, durable: true, interval: 5 }
    const { audit } = hooksOn(failing(await storageOn('sqlite'), 1_000, 'before'), options)
    await audit(RUN)
    await audit.kept()
    expect(audit.counts).toMatchObject({ recorded: 1, spooled: 1, written: 0 })
  })

  it('tenants have folders of their own in a spool, whatever they are called', async () => {
    const storage = await storageOn('sqlite')
    const directory = spoolDirectory()
    for (const tenant of ['a/b', '..', 'ä'.repeat(60)]) {
      const audit = auditHook(storage.tenant(tenant), { background: true, spool: { directory } })
      await audit(RUN)
      await audit.close()
    }
    expect(readdirSync(directory).filter((name) => /^audit-1-[0-9a-f]{12}$/.test(name))).toHaveLength(3)
  })
})

describe('what is recorded', () => {
  it('may be several entries, or nothing', async () => {
    const storage = await storageOn('sqlite')
    const audit = auditHook<number>(storage, {
      record: (count) =>
        count === 0 ? undefined : Array.from({ length: count }, (_, n) => ({ actor: `a${n}`, action: 'b' })),
    })
    await audit(0)
    await audit(2)
    expect(await actors(storage)).toEqual(['a1', 'a0'])
  })

  it('is of the stream and the shape of the hook, unless it names its own', async () => {
    const storage = await storageOn('sqlite')
    const shape = { name: 'sox', schema: anything, columns: { amount: 'number' } } as const
    const audit = auditHook<string | undefined>(storage, {
      stream: 'money',
      shape,
      record: (stream) => ({ actor: 'a', action: 'b', stream, data: { amount: 1 } }),
    })
    await audit(undefined)
    await audit('other')
    expect((await storage.audit.read({ shape: 'sox' })).items.map(({ stream }) => stream).sort()).toEqual([
      'money',
      'other',
    ])
  })

  it('waits in the background where its shape cannot be defined', async () => {
    const storage = await storageOn('sqlite')
    await storage.tenant('other').audit.define({ name: 'sox', schema: anything, columns: { other: 'text' } })
    const errors: string[] = []
    const audit = auditHook(storage, {
      background: true,
      interval: 5,
      deadline: 500,
      shape: { name: 'sox', schema: anything, columns: { amount: 'number' } },
      onError: ({ cause }) => void errors.push(String(cause)),
    })
    await audit(RUN)
    await expect(audit.flush()).rejects.toThrow('1 audit entry of a hook not acknowledged')
    expect([audit.counts.queued, errors[0]]).toEqual([1, expect.stringContaining('the shape sox could not be defined')])
  })

  it('of a session needs its name', async () => {
    const { sessions, told } = hooksOn(await storageOn('sqlite'))
    await sessions({ ...RUN, sessionId: undefined })
    expect(told.errors).toEqual([expect.stringContaining('names no session; give the socket a sessionId')])
  })

  it('of a session is no tool', async () => {
    const { sessions } = hooksOn(await storageOn('sqlite'))
    await sessions({ type: 'tool', tool: 'refund', sessionId: 's-1' })
    expect(sessions.counts).toMatchObject({ calls: 1, recorded: 0, failed: 0 })
  })

  it('of a session may hold bytes and large numbers, as text', async () => {
    const storage = await storageOn('sqlite')
    const { sessions } = hooksOn(storage)
    await sessions({
      ...RUN,
      runId: 'r-1',
      output: { image: new Uint8Array([1, 2]), file: Buffer.from([1, 2]), size: 10n ** 20n },
    })
    expect(await storage.sessions.run('r-1')).toMatchObject({
      output: { image: 'AQI=', file: 'AQI=', size: '100000000000000000000' },
    })
  })

  it('of a tool says which, and how it ended', async () => {
    const storage = await storageOn('sqlite')
    const { audit } = hooksOn(storage)
    await audit({
      type: 'tool',
      agentId: 'support',
      tool: 'refund',
      toolCallId: 'c-1',
      args: { card: '4111' },
      error: 'no',
    })
    const { items } = await storage.audit.read()
    expect(items).toMatchObject([
      {
        actor: 'support',
        action: 'agent.tool',
        target: 'refund',
        outcome: 'error',
        reason: 'no',
        data: { toolCallId: 'c-1' },
      },
    ])
    expect(JSON.stringify(items)).not.toContain('4111')
  })
})

describe('options', () => {
  const problemsOf = (make: () => unknown): string[] => {
    try {
      make()
    } catch (error) {
      return (error as { problems: { field: string }[] }).problems.map(({ field }) => field)
    }
    return []
  }

  it('that are wrong are all told at once', async () => {
    const storage = await storageOn('sqlite')
    const wrong = {
      background: true,
      required: true,
      batch: 0,
      stream: '',
      shape: {},
      other: 1,
      overflow: 'wait',
      record: 1,
    }
    expect(problemsOf(() => auditHook(storage, wrong as never)).sort()).toEqual([
      'batch',
      'other',
      'overflow',
      'record',
      'required',
      'shape.columns',
      'shape.name',
      'shape.schema',
      'stream',
    ])
  })

  it('that are wrong leave nothing behind', async () => {
    const storage = await storageOn('sqlite')
    const directory = spoolDirectory()
    const wrong = { background: true, spool: { directory }, stream: '' }
    expect([problemsOf(() => auditHook(storage, wrong)), readdirSync(directory)]).toEqual([['stream'], []])
  })

  it('of the background are refused in the foreground', async () => {
    const storage = await storageOn('sqlite')
    const wrong = { spool: { directory: '/tmp' }, durable: true, interval: 5, batch: 1, limit: 1 }
    expect(problemsOf(() => sessionHook(storage, wrong)).sort()).toEqual(Object.keys(wrong).sort())
  })

  it('are told with a storage that is none, or names no tenant where one is required', async () => {
    const storage = await openStorage('sqlite::memory:', { migrate: true, tenants: 'required' })
    expect(problemsOf(() => auditHook({} as never, { batch: 1 }))).toEqual(['storage', 'batch'])
    expect(problemsOf(() => auditHook(storage))).toEqual(['storage'])
    expect(problemsOf(() => auditHook(storage.tenant('acme')))).toEqual([])
    await storage.close()
  })
})

/** A Standard Schema that takes everything. */
const anything = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const
