import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import { givenContexts, setUpManual } from './support/manual.js'

givenContexts()

const failed = new Error('the connection was reset')

async function* texts(): AsyncGenerator<string> {
  yield 'On its '
  yield 'way.'
}

async function* broken(): AsyncGenerator<string> {
  yield 'On its '
  throw failed
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const pieces: T[] = []
  for await (const piece of stream) pieces.push(piece)
  return pieces
}

/** A stream of the web that says whether it was cancelled. */
function web(pieces: readonly unknown[], error?: Error) {
  const cancel = vi.fn()
  let next = 0
  const stream = new ReadableStream({
    pull(controller) {
      if (next < pieces.length) controller.enqueue(pieces[next++])
      else if (error) controller.error(error)
      else controller.close()
    },
    cancel,
  })
  return { stream, cancel }
}

const SOURCES: [string, () => AsyncIterable<string>][] = [
  ['an async generator', texts],
  ['a web stream', () => web(['On its ', 'way.']).stream],
  ['an object with an async iterator', () => ({ [Symbol.asyncIterator]: texts })],
]

describe.each(SOURCES)('%s', (_, source) => {
  it('ends the span when it ends, with its text as the output', async () => {
    const { tracer, only, spans } = setUpManual()
    const stream = tracer.llm({ model: 'gpt' }, source)
    expect(await spans()).toEqual({})
    expect(await all(stream)).toEqual(['On its ', 'way.'])
    expect(await only()).toMatchObject({ status: 'ok', output: 'On its way.' })
  })

  it('may come with a promise', async () => {
    const { tracer, only } = setUpManual()
    expect(await all(await tracer.llm({ model: 'gpt' }, async () => source()))).toEqual(['On its ', 'way.'])
    expect((await only()).output).toBe('On its way.')
  })

  it('ends the span when it is left', async () => {
    const { tracer, only } = setUpManual()
    for await (const _ of tracer.llm({ model: 'gpt' }, source)) break
    expect(await only()).toMatchObject({ status: 'ok', output: 'On its ' })
  })

  it('has an output of its own where that is told', async () => {
    const { tracer, only } = setUpManual()
    await all(tracer.llm({ model: 'gpt', output: 'told' }, source))
    expect((await only()).output).toBe('told')
  })
})

describe('a stream', () => {
  it.each<[string, () => AsyncIterable<string>]>([
    ['generator', broken],
    ['web stream', () => web(['On its '], failed).stream],
  ])('that fails ends the span with that: %s', async (_, source) => {
    const { tracer, only } = setUpManual()
    const caught = await all(tracer.llm({ model: 'gpt' }, source)).catch((error: unknown) => error)
    expect(caught).toBe(failed)
    expect(await only()).toMatchObject({ status: 'error', output: 'On its ', error: { message: failed.message } })
  })

  it('does its work within the span', async () => {
    const { tracer, otel, spans } = setUpManual()
    const stream = tracer.llm({ model: 'gpt' }, async function* (span) {
      yield 1
      otel.startSpan('request').end()
      span.set({ promptTokens: 7, finishReason: 'stop' })
      yield 2
    })
    const pieces = await tracer.run({ name: 'reader' }, () => all(stream).then((pieces) => pieces.length))
    const { request, 'chat gpt': call, 'invoke_agent reader': reader } = await spans()
    expect([pieces, request!.parentId, reader!.parentId]).toEqual([2, call!.spanId, undefined])
    expect(call!.detail).toMatchObject({ promptTokens: 7, finishReason: 'stop' })
  })

  it('of objects has them as its output', async () => {
    const { tracer, only } = setUpManual()
    await all(
      tracer.retrieve({ query: 'q' }, async function* () {
        yield { id: 1 }
        yield 'and '
        yield 'more'
      }),
    )
    expect((await only()).output).toEqual([{ id: 1 }, 'and more'])
  })

  it('tells the time to its first piece', async () => {
    const { tracer, only } = setUpManual()
    await all(
      tracer.llm({ model: 'gpt' }, async function* () {
        await new Promise((resolve) => setTimeout(resolve, 20))
        yield 'a'
        await new Promise((resolve) => setTimeout(resolve, 40))
        yield 'b'
      }),
    )
    const { detail, startedAt, endedAt } = await only()
    const { timeToFirstToken = 0 } = detail as { timeToFirstToken?: number }
    expect(timeToFirstToken).toBeGreaterThan(15)
    expect(endedAt! - startedAt - timeToFirstToken).toBeGreaterThan(35)
  })

  it('tells no such time where it is told', async () => {
    const { tracer, only } = setUpManual()
    await all(tracer.llm({ model: 'gpt', timeToFirstToken: 5 }, texts))
    expect((await only()).detail).toMatchObject({ timeToFirstToken: 5 })
  })

  it('is bounded in what is kept of it', async () => {
    const { tracer, only } = setUpManual()
    const { length } = await all(
      tracer.run({ name: 'a' }, async function* () {
        for (let n = 0; n < 3_000; n++) yield { n }
      }),
    )
    expect([length, ((await only()).output as unknown[]).length]).toEqual([3_000, 1_000])
  })

  it('that nobody has any more ends the span, at its last piece', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const { tracer, spans, only } = setUpManual()
    await (async () => {
      const iterator = tracer.llm({ model: 'gpt' }, texts)[Symbol.asyncIterator]()
      await iterator.next()
    })()
    const from = Date.now()
    while (Object.keys(await spans()).length === 0 && Date.now() - from < 5_000) {
      await new Promise((resolve) => setTimeout(resolve, 30))
      collect()
    }
    const { startedAt, endedAt, output } = await only()
    expect(output).toBe('On its ')
    expect(endedAt! - startedAt).toBeLessThan(25)
  })
})

describe('a generator', () => {
  it('takes what is sent to it', async () => {
    const { tracer, only } = setUpManual()
    const generator = tracer.tool({ name: 'ask' }, async function* (): AsyncGenerator<string, string, string> {
      const name = yield 'Who?'
      return `Hello ${name}`
    })
    expect([await generator.next(), await generator.next('Maya')]).toEqual([
      { done: false, value: 'Who?' },
      { done: true, value: 'Hello Maya' },
    ])
    expect((await only()).output).toBe('Who?')
  })

  it('cleans up before its span ends', async () => {
    const { tracer, otel, spans } = setUpManual()
    const generator = tracer.llm({ model: 'gpt' }, async function* () {
      try {
        yield 1
      } finally {
        await new Promise((resolve) => setImmediate(resolve))
        otel.startSpan('close').end()
      }
    })
    for await (const _ of generator) break
    const ended = await spans()
    expect(ended.close!.parentId).toBe(ended['chat gpt']!.spanId)
    // In the order in which they ended.
    expect(Object.keys(ended)).toEqual(['close', 'chat gpt'])
  })

  it('may handle what is thrown into it', async () => {
    const { tracer, only } = setUpManual()
    const generator = tracer.run({ name: 'a' }, async function* () {
      try {
        yield 1
      } catch {
        yield 2
      }
    })
    await generator.next()
    expect((await generator.throw(failed)).value).toBe(2)
    await generator.return(undefined)
    expect(await only()).toMatchObject({ status: 'ok', output: [1, 2] })
  })

  it('may be a synchronous one', async () => {
    const { tracer, otel, spans } = setUpManual()
    const pieces = [
      ...tracer.tool({ name: 'list' }, function* () {
        yield 1
        otel.startSpan('query').end()
        yield 2
      }),
    ]
    const { query, 'execute_tool list': tool } = await spans()
    expect([pieces, query!.parentId, tool!.output]).toEqual([[1, 2], tool!.spanId, [1, 2]])
  })
})

describe('an object with an async iterator', () => {
  class Answer {
    #done = false
    readonly id = 'answer-1'
    get isDone() {
      return this.#done
    }
    close() {
      this.#done = true
      return this
    }
    /** Of a cursor: no step of an iterator. */
    async next() {
      return null
    }
    [Symbol.asyncIterator]() {
      let n = 0
      return { next: async () => (n++ < 2 ? { done: false, value: n } : { done: true, value: undefined }) }
    }
  }

  it('has all else that it has', async () => {
    const { tracer } = setUpManual()
    const answer = tracer.llm({ model: 'gpt' }, () => new Answer())
    answer.close()
    expect([answer instanceof Answer, answer.id, answer.isDone, await answer.next()]).toEqual([
      true,
      'answer-1',
      true,
      null,
    ])
  })

  it('is left also where its iterator cannot be told', async () => {
    const { tracer, only } = setUpManual()
    for await (const _ of tracer.llm({ model: 'gpt' }, () => new Answer())) break
    expect((await only()).output).toEqual([1])
  })

  it('may be shared by many spans', async () => {
    const { tracer, spans } = setUpManual()
    const shared = { [Symbol.asyncIterator]: texts }
    for (let n = 0; n < 3; n++) await all(tracer.tool({ name: `t${n}` }, () => shared))
    const outputs = Object.values(await spans()).map(({ output }) => output)
    expect([outputs, await all(shared)]).toEqual([Array(3).fill('On its way.'), ['On its ', 'way.']])
  })

  it('that is frozen is left alone', async () => {
    const { tracer, only } = setUpManual()
    const frozen = Object.freeze({ [Symbol.asyncIterator]: texts })
    expect(tracer.tool({ name: 'a' }, () => frozen)).toBe(frozen)
    expect((await only()).status).toBe('ok')
  })
})

describe('a web stream', () => {
  it('is one still, and reads nothing ahead', async () => {
    const { tracer } = setUpManual()
    const pull = vi.fn()
    const source = new ReadableStream({ pull }, { highWaterMark: 0 })
    const stream = tracer.llm({ model: 'gpt' }, () => source)
    await new Promise((resolve) => setImmediate(resolve))
    expect([stream instanceof ReadableStream, pull.mock.calls]).toEqual([true, []])
  })

  it('hands on why it was cancelled', async () => {
    const { tracer, only } = setUpManual()
    const { stream, cancel } = web(['a', 'b'])
    await tracer.llm({ model: 'gpt' }, () => stream).cancel('enough')
    expect([cancel.mock.calls, (await only()).status]).toEqual([[['enough']], 'ok'])
  })

  it('of bytes is the body of a response, of which nothing is recorded', async () => {
    const { tracer, only } = setUpManual()
    const body = tracer.llm({ model: 'gpt' }, () => new Response('On its way.').body!)
    expect(await new Response(body).text()).toBe('On its way.')
    expect(await only()).not.toHaveProperty('output')
  })

  it('of bytes takes a buffer, to its end', async () => {
    const { tracer, only } = setUpManual()
    const body = tracer.llm({ model: 'gpt' }, () => new Response('abc').body!)
    const reader = body.getReader({ mode: 'byob' })
    const first = await reader.read(new Uint8Array(8))
    const last = await reader.read(new Uint8Array(8))
    expect([Buffer.from(first.value!).toString(), last.done, (await only()).status]).toEqual(['abc', true, 'ok'])
  })

  it('that somebody reads already is left alone', async () => {
    const { tracer, only } = setUpManual()
    const { stream } = web(['a'])
    stream.getReader()
    expect(tracer.llm({ model: 'gpt' }, () => stream)).toBe(stream)
    expect((await only()).status).toBe('ok')
  })
})

describe('a stream of Node.js', () => {
  it('is the same object, and ends the span when it ends', async () => {
    const { tracer, spans, only } = setUpManual()
    const source = Readable.from(['a', 'b'])
    const stream = tracer.tool({ name: 'read' }, () => source)
    expect([stream, await spans()]).toEqual([source, {}])
    expect(await all(stream)).toEqual(['a', 'b'])
    expect((await only()).status).toBe('ok')
  })

  it('ends the span when it is destroyed', async () => {
    const { tracer, only } = setUpManual()
    const stream = tracer.tool({ name: 'read' }, () => Readable.from(['a', 'b']))
    await once(stream.destroy(), 'close')
    expect((await only()).status).toBe('ok')
  })

  it('that fails ends the span with that', async () => {
    const { tracer, only } = setUpManual()
    const stream = tracer.tool({ name: 'read' }, () => new Readable({ read: () => {} }))
    expect(stream.listenerCount('error')).toBe(0)
    const error = once(stream, 'error')
    stream.destroy(failed)
    expect((await error)[0]).toBe(failed)
    expect(await only()).toMatchObject({ status: 'error', error: { message: failed.message } })
  })

  it('that is over already ends the span at once', async () => {
    const { tracer, only } = setUpManual()
    const stream = Readable.from([]).destroy()
    tracer.tool({ name: 'read' }, () => stream)
    expect((await only()).status).toBe('ok')
  })
})
