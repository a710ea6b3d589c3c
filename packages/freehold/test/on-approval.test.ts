import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ApprovalNotice, onApproval, openStorage, type Storage, type StoreError, type Told } from 'freehold'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PLACES, type Place } from './support/places.js'

const DECIDING = fileURLToPath(new URL('support/deciding.mjs', import.meta.url))
const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`

let place: Place
let storage: Storage
let told: Told | undefined

const start = async (open: () => Promise<Place>) => {
  place = await open()
  storage = await openStorage(place.url, { migrate: true })
}

afterEach(async () => {
  await told?.close()
  told = undefined
  await storage.close()
  await place.remove()
})

/** What a function is told, and what becomes of it: by default it is told. */
function listening(name: string, answer: (notice: ApprovalNotice) => void | Promise<void> = () => {}) {
  const notices: ApprovalNotice[] = []
  const call = async (notice: ApprovalNotice) => {
    notices.push(notice)
    await answer(notice)
  }
  const onError = vi.fn()
  told = onApproval(storage, { name, call, interval: 20, from: 'start', onError })
  const until = (count: number) => vi.waitUntil(() => notices.length >= count, { timeout: 60_000, interval: 20 })
  return { notices, until, onError }
}

const typesOf = (notices: readonly ApprovalNotice[]) => notices.map(({ type }) => type)

describe.each(PLACES)('telling of approvals on %s', (_, open) => {
  beforeEach(() => start(open))

  it('tells every step of a call in order, of all tenants', { timeout: 120_000 }, async () => {
    const { approvals } = storage.tenant('acme')
    await approvals.request({ id: 'a', args: { order: 7 }, policy: { quorum: 2 }, dueAt: 1 })
    const { notices, until } = listening('slack')
    await until(2)
    await approvals.decide('a', { decision: 'approved', by: 'ann' })
    await approvals.decide('a', { decision: 'approved', by: 'bob', reason: 'fine' })
    await approvals.consume('a', { order: 7 })
    await approvals.complete('a', { outcome: 'executed' })
    await until(6)
    expect(typesOf(notices)).toEqual([
      'approval.requested',
      'approval.due',
      'approval.voted',
      'approval.approved',
      'approval.consumed',
      'approval.executed',
    ])
    expect(notices[3]).toMatchObject({
      tenant: 'acme',
      by: 'bob',
      reason: 'fine',
      approval: { id: 'a', args: { order: 7 } },
    })
    const { items } = await approvals.events('a')
    expect(notices.map(({ id, seq, timestamp }) => [id, seq, timestamp])).toEqual(
      items.map(({ id, seq, at }) => [id, seq, at]),
    )
  })

  it('tells of what a process decided that died right after', { timeout: 120_000 }, async () => {
    await storage.approvals.request({ id: 'a' })
    await promisify(execFile)(process.execPath, [DECIDING, place.url, 'a']).catch(() => undefined)
    const { notices, until } = listening('slack')
    await until(2)
    expect(typesOf(notices)).toEqual(['approval.requested', 'approval.approved'])
  })

  it('tells of what has expired when nobody else sweeps', { timeout: 120_000 }, async () => {
    await storage.tenant('acme').approvals.request({ id: 'a', expiresAt: 1 })
    const { notices, until } = listening('slack')
    await until(2)
    expect(typesOf(notices)).toEqual(['approval.requested', 'approval.expired'])
  })
})

describe('telling of approvals', () => {
  beforeEach(() => start(PLACES[0]![1]))

  it('tries again what fails, in order, and others meanwhile', async () => {
    let failures = 1
    const { notices, until, onError } = listening('slack', ({ approval, type }) => {
      if (approval.id === 'a' && type === 'approval.requested' && failures-- > 0) throw new Error('not now')
    })
    await storage.approvals.request({ id: 'a' })
    await storage.approvals.cancel('a', 'lena')
    await storage.approvals.request({ id: 'b' })
    await until(4)
    const own = notices.filter(({ approval }) => approval.id === 'a')
    expect(typesOf(own)).toEqual(['approval.requested', 'approval.requested', 'approval.cancelled'])
    expect(own[0]!.id).toBe(own[1]!.id)
    expect(onError).toHaveBeenCalledOnce()
  })

  it('gives up what never succeeds, keeps it as a dead letter, and tells what comes after', async () => {
    const notices: string[] = []
    const call = ({ type }: ApprovalNotice) => {
      notices.push(type)
      if (type === 'approval.requested') throw new TypeError('never')
    }
    told = onApproval(storage, { name: 'slack', call, interval: 20, tries: 1, onError: () => {} })
    await vi.waitUntil(() => storage.relay.state('slack').catch(() => undefined), { timeout: 60_000 })
    await storage.approvals.request({ id: 'a' })
    await storage.approvals.cancel('a', 'lena')
    await vi.waitUntil(() => notices.length >= 2, { timeout: 60_000 })
    expect(notices).toEqual(['approval.requested', 'approval.cancelled'])
    await vi.waitUntil(async () => (await storage.relay.state('slack')).dead === 1, { timeout: 60_000 })
    const { items } = await storage.relay.dead('slack')
    expect(items).toMatchObject([{ approvalId: 'a', seq: 1, reason: 'TypeError: never' }])
  })

  it('goes on though its listener throws, and whatever is thrown', async () => {
    const odd = Object.assign(new Error(), { message: Symbol('odd') })
    let failures = 1
    const ids: string[] = []
    const call = ({ approval }: ApprovalNotice) => {
      if (failures-- > 0) throw odd
      ids.push(approval.id)
    }
    const onError = () => {
      throw new Error('oh')
    }
    told = onApproval(storage, { name: 'slack', call, interval: 20, from: 'start', onError })
    await storage.approvals.request({ id: 'a' })
    await vi.waitUntil(() => ids.length > 0, { timeout: 60_000 })
    expect(ids).toEqual(['a'])
  })

  it('gives up waiting for who does not answer in time', async () => {
    const onError = vi.fn()
    const call = () => new Promise<void>(() => {})
    told = onApproval(storage, { name: 'slack', call, interval: 20, from: 'start', timeout: 100, onError })
    await storage.approvals.request({ id: 'a' })
    await vi.waitUntil(() => onError.mock.calls.length > 0, { timeout: 60_000 })
    await vi.waitUntil(async () => (await storage.relay.state('slack')).failing === 1, { timeout: 60_000 })
  })

  it('tells of many at once, each in order', async () => {
    const seen = new Map<string, number[]>()
    const call = async ({ approval, seq }: ApprovalNotice) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      seen.set(approval.id, [...(seen.get(approval.id) ?? []), seq])
    }
    for (let n = 0; n < 150; n++) {
      await storage.approvals.request({ id: `a${n}` })
      await storage.approvals.cancel(`a${n}`, 'lena')
    }
    told = onApproval(storage, { name: 'slack', call, interval: 20, from: 'start' })
    await vi.waitUntil(() => [...seen.values()].flat().length >= 300, { timeout: 60_000 })
    expect(seen.size).toBe(150)
    expect(new Set([...seen.values()].map(String))).toEqual(new Set(['1,2']))
  })

  it('tells only of what is asked for', async () => {
    const types: string[] = []
    const call = ({ type }: ApprovalNotice) => void types.push(type)
    told = onApproval(storage, { name: 'slack', call, interval: 20, from: 'start', events: ['approved'] })
    await storage.approvals.request({ id: 'a' })
    await storage.approvals.decide('a', { decision: 'approved', by: 'lena' })
    await vi.waitUntil(() => types.length > 0, { timeout: 60_000 })
    expect(types).toEqual(['approval.approved'])
  })

  it('passes over what happened before it was first used', async () => {
    await storage.approvals.request({ id: 'old' })
    const ids: string[] = []
    const call = ({ approval }: ApprovalNotice) => void ids.push(approval.id)
    told = onApproval(storage, { name: 'slack', call, interval: 20 })
    await told.ready
    await storage.approvals.request({ id: 'new' })
    await vi.waitUntil(() => ids.length > 0, { timeout: 60_000 })
    expect(ids).toEqual(['new'])
  })

  it('one of two processes tells, and the other when it has gone', async () => {
    const heard: string[] = []
    const by = (who: string) =>
      onApproval(storage, {
        name: 'slack',
        interval: 20,
        call: ({ approval }) => void heard.push(`${who} ${approval.id}`),
      })
    const first = by('first')
    await vi.waitUntil(() => storage.relay.state('slack').catch(() => undefined), { timeout: 60_000 })
    await storage.approvals.request({ id: 'a' })
    await vi.waitUntil(() => heard.length === 1, { timeout: 60_000 })
    told = by('second')
    await first.close()
    await storage.approvals.request({ id: 'b' })
    await vi.waitUntil(() => heard.length === 2, { timeout: 60_000 })
    expect(heard).toEqual(['first a', 'second b'])
  })

  it.each([
    ['neither', { name: 'n' }, ['url']],
    ['both', { name: 'n', url: 'https://example.org', secret: SECRET, call: () => {} }, ['url']],
    ['no name', { call: () => {} }, ['name']],
    ['the name of the audit', { name: 'freehold:audit', call: () => {} }, ['name']],
    ['no secret', { name: 'n', url: 'https://example.org' }, ['secret']],
    ['a short secret', { name: 'n', url: 'https://example.org', secret: 'whsec_c2hvcnQ=' }, ['secret']],
    ['no address', { name: 'n', url: 'example.org', secret: SECRET }, ['url']],
    ['another protocol', { name: 'n', url: 'ftp://example.org', secret: SECRET }, ['url']],
    ['a password in the address', { name: 'n', url: 'https://a:b@example.org', secret: SECRET }, ['url']],
    [
      'a header of ours',
      { name: 'n', url: 'https://example.org', secret: SECRET, headers: { 'Webhook-Id': 'x' } },
      ['headers'],
    ],
    [
      'a header that is none',
      { name: 'n', url: 'https://example.org', secret: SECRET, headers: { a: 'b\nc' } },
      ['headers'],
    ],
    ['events that are none', { name: 'n', call: () => {}, events: ['approve'] }, ['events']],
    ['what nobody knows', { name: 'n', call: () => {}, retries: 5 }, ['retries']],
  ])('refuses %s', (_, options, fields) => {
    let problems: string[] = []
    try {
      told = onApproval(storage, options as never)
    } catch (error) {
      problems = (error as StoreError).problems.map(({ field }) => field)
    }
    expect(problems).toEqual(fields)
  })
})

describe('a webhook', () => {
  let server: Server
  let url: string
  let answers: number[]
  let retryAfter: string | undefined
  const requests: { headers: Record<string, string>; body: string }[] = []

  beforeEach(async () => {
    await start(PLACES[0]![1])
    answers = []
    retryAfter = undefined
    requests.length = 0
    server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      request.on('end', () => {
        requests.push({ headers: request.headers as Record<string, string>, body })
        const retry = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
        response.writeHead(answers.shift() ?? 204, { location: '/elsewhere', ...retry }).end()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  })

  afterEach(async () => {
    server.closeAllConnections()
    server.close()
  })

  const hook = (more: object = {}) => {
    const onError = vi.fn()
    told = onApproval(storage, { name: 'hook', url, secret: SECRET, interval: 20, from: 'start', onError, ...more })
    return onError
  }
  const until = (count: number) => vi.waitUntil(() => requests.length >= count, { timeout: 60_000, interval: 20 })

  it('is signed as Standard Webhooks say, and has an id that stays', async () => {
    answers = [500]
    hook({ headers: { authorization: 'Bearer token' } })
    await storage.approvals.request({ id: 'a', args: { order: 7 } })
    await until(2)
    const [first, second] = requests
    const verified = new Webhook(SECRET).verify(second!.body, second!.headers)
    expect(verified).toMatchObject({ type: 'approval.requested', approval: { id: 'a', args: { order: 7 } } })
    expect(() => new Webhook(SECRET).verify(`${second!.body} `, second!.headers)).toThrow()
    expect(first!.headers['webhook-id']).toBe(second!.headers['webhook-id'])
    expect(second!.headers.authorization).toBe('Bearer token')
  })

  it.each([400, 410, 302])('is not sent again when it is answered with %i', async (status) => {
    answers = [status]
    const onError = hook()
    await storage.approvals.request({ id: 'a' })
    await storage.approvals.cancel('a', 'lena')
    await until(2)
    await vi.waitUntil(async () => (await storage.relay.state('hook')).dead === 1, { timeout: 60_000 })
    expect(requests.map(({ body }) => JSON.parse(body).type)).toEqual(['approval.requested', 'approval.cancelled'])
    expect((await storage.relay.dead('hook')).items).toMatchObject([{ seq: 1, reason: `answered ${status}` }])
    expect(onError).toHaveBeenCalledOnce()
  })

  it('is sent again after what the answer says, to the millisecond above', async () => {
    retryAfter = '0.0011'
    answers = [503]
    hook()
    await storage.approvals.request({ id: 'a' })
    await until(2)
    await vi.waitUntil(async () => (await storage.relay.state('hook')).waiting === 0, { timeout: 60_000 })
    expect(requests).toHaveLength(2)
  })

  it('is sent again when nobody answered, and says nothing of its address', async () => {
    const { port } = server.address() as AddressInfo
    server.close()
    const onError = hook()
    await storage.approvals.request({ id: 'a' })
    await vi.waitUntil(() => onError.mock.calls.length > 0, { timeout: 60_000 })
    expect(String(onError.mock.calls[0]![0])).not.toContain('127.0.0.1')
    server.listen(port, '127.0.0.1')
    await until(1)
    expect(JSON.parse(requests[0]!.body)).toMatchObject({ type: 'approval.requested' })
  })
})
