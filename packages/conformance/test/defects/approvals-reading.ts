import type { Approval } from '@freehold/contract'
import type { Defect } from './defect.js'
import { type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'approvals'>) => spoiling('approvals', law, name, methods)

export const approvalReadingDefects: readonly Defect[] = [
  spoil('a sweep marks what has expired and nothing else', 'what could expire expires', (store, edit) => ({
    async expire() {
      await edit((own) => {
        for (const approval of own.approvals.values()) if (approval.expiresAt !== undefined) approval.expiresAt = 1
      })
      return store.expire()
    },
  })),

  spoil('a sweep marks what has expired and nothing else', 'what rejects on expiry expires', (store, edit) => ({
    async expire() {
      await edit((own) => {
        for (const approval of own.approvals.values())
          if (approval.status === 'pending') delete approval.policy.onExpiry
      })
      return store.expire()
    },
  })),

  spoil('an approval that does not exist is null', 'the beginning of an id is enough', (store) => ({
    async get(id) {
      const approval = await store.get(id)
      if (approval !== null) return approval
      const { items } = await store.list()
      const alike = items.find((item) => item.id.startsWith(id))
      return alike === undefined ? null : store.get(alike.id)
    },
  })),

  spoil(
    'an approval that has expired reads as expired before any sweep',
    'get shows what is stored',
    (store, edit) => ({
      get: async (id) => (await store.get(id)) && (await edit((own) => own.approvals.get(id)))!,
    }),
  ),

  spoil(
    'an approval that has expired reads as expired before any sweep',
    'a list shows what is stored',
    (store, edit) => ({
      async list(query, page) {
        const found = await store.list(query, page)
        if (query?.status !== undefined) return found
        const statusOf = await edit(({ approvals }) => new Map([...approvals].map(([id, { status }]) => [id, status])))
        return { ...found, items: found.items.map((item) => ({ ...item, status: statusOf!.get(item.id)! })) }
      },
    }),
  ),

  spoil(
    'approvals are listed newest first without arguments and context',
    'the list ships whole approvals',
    (store) => ({
      async list(query, page) {
        const { items, ...rest } = await store.list(query, page)
        return { ...rest, items: (await Promise.all(items.map(({ id }) => store.get(id)))) as Approval[] }
      },
    }),
  ),

  spoil('approvals are listed newest first without arguments and context', 'the list is ordered by id', (store) => ({
    async list(query, page) {
      const { items, ...rest } = await store.list(query, page)
      return { ...rest, items: items.sort((a, b) => (a.id < b.id ? 1 : -1)) }
    },
  })),

  spoil('every filter of approvals narrows the list and filters combine', 'the tool is not asked for', (store) => ({
    list: ({ tool, ...query } = {}, page) => store.list(query, page),
  })),

  spoil('an expired approval is in no list of pending ones', 'the list asks for what is stored', (store) => ({
    async list(query, page) {
      const listed = await store.list(query, page)
      if (query?.status !== 'pending') return listed
      const expired = await store.list({ ...query, status: 'expired' }, page)
      return { ...listed, items: [...listed.items, ...expired.items] }
    },
  })),

  spoil('the count of approvals is the length of their list', 'a page is counted', (store) => ({
    count: async (query) => (await store.list(query)).items.length,
  })),

  spoil(
    'the queue shows depth and oldest in all and by tool',
    'the queue holds what is only recorded',
    (store, edit) => ({
      async queue() {
        await edit((own) => {
          for (const approval of own.approvals.values()) approval.type = 'required'
        })
        return store.queue()
      },
    }),
  ),

  spoil('every step of an approval leaves one event in order', 'what is spent forgets its votes', (store) => ({
    async events(id, page) {
      const { items, ...rest } = await store.events(id, page)
      const spent = items.some((event) => event.type === 'consumed')
      return { ...rest, items: items.filter((event) => !spent || event.type !== 'voted') }
    },
  })),

  spoil(
    'an approval that becomes due or escalates leaves one event of each in order and stays open',
    'it is told of one deadline only',
    (store) => ({
      async remind() {
        const { items } = await store.list({ status: 'pending' })
        const histories = await Promise.all(items.map(({ id }) => store.events(id)))
        return histories.some((events) => events.items.some(({ type }) => type === 'due')) ? 0 : store.remind()
      },
    }),
  ),

  spoil(
    'an approval that becomes due or escalates leaves one event of each in order and stays open',
    'what is decided is reminded of',
    (store, edit) => ({
      async remind() {
        const decided = await edit((own) => {
          const approval = [...own.approvals.values()].find(({ status }) => status === 'rejected')
          if (approval === undefined) return undefined
          approval.status = 'pending'
          return approval
        })
        const told = await store.remind()
        if (decided) await edit((own) => Object.assign(own.approvals.get(decided.id)!, { status: 'rejected' }))
        return told
      },
    }),
  ),

  spoil(
    'an approval that is past its end before any sweep leaves an event of its end alone',
    'that it was due is told as well',
    (store, edit) => ({
      async remind() {
        const ends = await edit((own) =>
          [...own.approvals.values()].flatMap((approval) => {
            const { id, expiresAt } = approval
            delete approval.expiresAt
            return expiresAt === undefined ? [] : [{ id, expiresAt }]
          }),
        )
        const told = await store.remind()
        await edit((own) => {
          for (const { id, expiresAt } of ends ?? []) Object.assign(own.approvals.get(id)!, { expiresAt })
        })
        return told
      },
    }),
  ),

  spoil(
    'every ending of an approval leaves one event that tells its resolution',
    'a withdrawal leaves no event',
    (store) => ({
      async events(id, page) {
        const { items, ...rest } = await store.events(id, page)
        return { ...rest, items: items.filter((event) => event.type !== 'cancelled') }
      },
    }),
  ),

  spoil(
    'every ending of an approval leaves one event that tells its resolution',
    'a rejection has no time of its own',
    (store) => ({
      async events(id, page) {
        const { items, ...rest } = await store.events(id, page)
        return { ...rest, items: items.map((event) => ({ ...event, at: event.type === 'rejected' ? 1 : event.at })) }
      },
    }),
  ),

  spoil(
    'many approvals are told of at once in the order asked and those that are not there are left out',
    'they come in the order of their ids',
    (store) => ({
      getMany: async (ids) => (await store.getMany(ids)).sort((a, b) => (a.id < b.id ? -1 : 1)),
    }),
  ),

  spoil(
    'who watches hears of what is decided in its own storage until it stops',
    'it goes on after the end',
    (store) => ({
      async watch(heard) {
        await store.watch(heard)
        return async () => {}
      },
    }),
  ),

  spoil('who watches hears of what is decided in its own storage until it stops', 'it hears of nothing', (store) => ({
    watch: () => store.watch(() => {}),
  })),
]
