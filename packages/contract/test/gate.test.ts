import { inspect } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { StoreError } from '../src/errors.js'
import { Gate } from '../src/rules/gate.js'

const translated = new StoreError('internal', 'translated')

/** A store behind a gate, whose calls end when they are told to. */
function gated() {
  const gate = new Gate(() => translated)
  const pending: { resolve(value: string): void; reject(error: unknown): void }[] = []
  const store = gate.guard({
    size: 3,
    call: () => new Promise<string>((resolve, reject) => pending.push({ resolve, reject })),
    echo: async (...args: unknown[]) => args,
    own() {
      return Promise.resolve(this.size)
    },
    throwing(): Promise<void> {
      throw new Error('at once')
    },
  })
  const release = vi.fn(async () => undefined)
  return { gate, store, pending, release }
}

describe('a call', () => {
  test('gets all its arguments', async () => {
    expect(await gated().store.echo(1, undefined, 'two')).toEqual([1, undefined, 'two'])
  })

  test('is made on the store itself', async () => {
    expect(await gated().store.own()).toBe(3)
  })

  test('is not what a plain property is', () => {
    expect(gated().store.size).toBe(3)
  })

  test.each([
    ['that rejects', (of: ReturnType<typeof gated>) => of.pending[0]!.reject(new Error('driver')), translated],
    [
      'that rejects with an error of ours',
      ({ pending }: ReturnType<typeof gated>) => pending[0]!.reject(new StoreError('conflict', 'ours')),
      expect.objectContaining({ code: 'conflict', message: 'ours' }),
    ],
  ])('%s', async (_, end, error) => {
    const of = gated()
    const outcome = of.store.call().catch((why: unknown) => why)
    end(of)
    expect(await outcome).toEqual(error)
  })

  test.each<[string, unknown, unknown]>([
    ['is that of its caller', 'reason', 'reason'],
    ['is another error', 'driver', translated],
  ])('whose signal was aborted rejects with the reason where that %s', async (_, thrown, error) => {
    const { gate } = gated()
    const store = gate.guard({ call: (_options: { signal: AbortSignal }) => Promise.reject(thrown) })
    await expect(store.call({ signal: AbortSignal.abort('reason') })).rejects.toBe(error)
  })

  test('that throws at once rejects, translated', async () => {
    await expect(gated().store.throwing()).rejects.toBe(translated)
  })
})

describe('what is asked of any object is no call', () => {
  test('it can be awaited, closed or not', async () => {
    const { gate, store, release } = gated()
    const before = await store
    await gate.close(release)
    expect([before, await store]).toEqual([store, store])
  })

  test.each<[string, (store: object) => string, string]>([
    ['a text', String, '[object Object]'],
    // biome-ignore lint/style/useTemplate: joining texts asks for something else than a template does.
    ['a part of a text', (store) => '' + store, '[object Object]'],
    ['JSON', JSON.stringify, '{}'],
    ['a key', (store) => Object.keys({ [String(store)]: 1 })[0]!, '[object Object]'],
    ['JSON within another', (store) => JSON.stringify({ store }), '{"store":{}}'],
  ])('it can be made %s', (_, make, text) => {
    expect(make(gated().store)).toBe(text)
  })

  test('it can be made JSON where it holds itself', () => {
    const store: { self?: object } = {}
    store.self = store
    expect(JSON.stringify(new Gate(() => translated).guard(store))).toBe('{}')
  })

  test('it can be printed', () => {
    expect(inspect(gated().store)).toContain('size: 3')
  })

  test('it can be asked for its own properties', () => {
    const { store } = gated()
    expect([Object.hasOwn(store, 'size'), Object.hasOwn(store, 'call'), store.valueOf() === store]).toEqual([
      true,
      true,
      true,
    ])
  })
})

describe('closing', () => {
  test('releases at once where nothing is in flight', async () => {
    const { gate, release } = gated()
    await gate.close(release)
    expect(release).toHaveBeenCalledOnce()
  })

  test('releases after a call that ended long ago', async () => {
    const { gate, store, release } = gated()
    await store.echo()
    await store.throwing().catch(() => undefined)
    await gate.close(release)
    expect(release).toHaveBeenCalledOnce()
  })

  test('waits for every call that is in flight, failed ones too', async () => {
    const { gate, store, pending, release } = gated()
    const first = store.call()
    const second = store.call().catch(() => 'failed')
    const closed = gate.close(release)
    const seen: number[] = []
    pending[0]!.resolve('one')
    await first
    await new Promise(setImmediate)
    seen.push(release.mock.calls.length)
    pending[1]!.reject(new Error('two'))
    await second
    await closed
    seen.push(release.mock.calls.length)
    expect(seen).toEqual([0, 1])
  })

  test('lets a call in flight end as it does', async () => {
    const { gate, store, pending, release } = gated()
    const call = store.call()
    const closed = gate.close(release)
    pending[0]!.resolve('kept')
    await closed
    expect(await call).toBe('kept')
  })

  test.each(['while it waits', 'when it is done'])('refuses what comes %s, for good', async (when) => {
    const { gate, store, pending, release } = gated()
    const call = store.call()
    const closed = gate.close(release)
    if (when === 'when it is done') {
      pending[0]!.resolve('')
      await closed
    }
    await expect(store.echo()).rejects.toMatchObject({
      code: 'unavailable',
      retryable: false,
      message: expect.stringMatching(/ is closed; open it again$/),
    })
    pending[0]!.resolve('')
    await Promise.all([call, closed])
  })

  test('does not wait for what it refused', async () => {
    const { gate, store, pending, release } = gated()
    const call = store.call()
    const closed = gate.close(release)
    await store.echo().catch(() => undefined)
    const early = release.mock.calls.length
    pending[0]!.resolve('')
    await Promise.all([call, closed])
    expect([early, release.mock.calls.length]).toEqual([0, 1])
  })

  test('twice releases once, and both wait', async () => {
    const { gate, release } = gated()
    const other = vi.fn(async () => undefined)
    await Promise.all([gate.close(release), gate.close(other)])
    expect([release.mock.calls.length, other.mock.calls.length]).toEqual([1, 0])
  })

  test('that fails is told to everybody who closes', async () => {
    const { gate } = gated()
    const error = new Error('no')
    const close = () => gate.close(() => Promise.reject(error)).catch((why: unknown) => why)
    expect([await close(), await close()]).toEqual([error, error])
  })
})
