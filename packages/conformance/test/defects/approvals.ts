import { createHash } from 'node:crypto'
import { decidingDefects } from './approvals-deciding.js'
import { approvalReadingDefects } from './approvals-reading.js'
import { approvalRemovingDefects } from './approvals-removing.js'
import { spendingDefects } from './approvals-spending.js'
import { type Defect, override, racy } from './defect.js'
import { onRefusal, refuse, type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'approvals'>) => spoiling('approvals', law, name, methods)

const requesting: Defect[] = [
  spoil(
    'requesting an approval stores it as pending with the hash of its arguments',
    'the hash is over the text as it came',
    (store, edit) => ({
      async request(input) {
        const { id } = await store.request(input)
        const argsHash = createHash('sha256')
          .update(JSON.stringify(input.args ?? null))
          .digest('hex')
        return (await edit((own) => Object.assign(own.approvals.get(id)!, { argsHash })))!
      },
    }),
  ),

  spoil('requesting the same tool call of a run twice is one approval', 'a decided call is asked again', (store) => ({
    async request({ toolCallId, ...input }) {
      const { items } = await store.list({ runId: input.runId, toolCallId })
      const decided = toolCallId !== undefined && items.some((item) => item.status !== 'pending')
      return store.request(decided ? input : { ...input, toolCallId })
    },
  })),

  spoil(
    'requesting the same tool call with other arguments, tool or policy is a conflict',
    'it is refused as a taken id',
    (store) => ({
      request: (input) => onRefusal('conflict', store.request(input), () => refuse('already_exists')),
    }),
  ),

  spoil('a tool call id belongs to its run and two runs may use the same', 'it is unique over all runs', (store) => ({
    async request(input) {
      if (input.toolCallId === undefined) return store.request(input)
      const { items } = await store.list({ toolCallId: input.toolCallId })
      return items.some(({ runId }) => runId !== input.runId) ? refuse('already_exists') : store.request(input)
    },
  })),

  spoil(
    'a tool call id that comes again in another step of its run is another call',
    'the step does not count',
    (store) => ({
      async request(input) {
        const { runId, toolCallId, stepId } = input
        const { items } = await store.list({ runId, toolCallId })
        const other = toolCallId === undefined ? undefined : items.find((item) => item.stepId !== stepId)
        return other === undefined ? store.request(input) : (await store.get(other.id))!
      },
    }),
  ),

  spoil(
    'arguments and tools that cannot be kept as they are given are refused by their path',
    'arguments are made storable before they are compared',
    (store) => ({
      consume: (id, args) =>
        store.consume(id, args && JSON.parse(JSON.stringify(args).replaceAll('\\u0000', '\ufffd'))),
    }),
  ),

  {
    law: 'simultaneous requests of one tool call make one approval',
    name: 'request reads, then writes',
    plant(storage, ground) {
      const other = ground.on(racy(ground.medium))
      return override(storage, 'approvals', (store, tenant) => ({
        request: (input) => (input.toolCallId === undefined ? store : other.tenant(tenant).approvals).request(input),
      }))
    },
  },

  spoil(
    'an approval id that is taken by another request is refused as already_exists',
    'a taken id is given back',
    (store) => ({
      request: (input) => onRefusal('already_exists', store.request(input), async () => (await store.get(input.id!))!),
    }),
  ),

  spoil('a policy that nobody can meet is refused as invalid', 'a quorum that is too high is dropped', (store) => ({
    request: ({ policy, ...input }) =>
      onRefusal('invalid', store.request({ ...input, policy }), (error) => {
        if (error.problems.every(({ field }) => field === 'policy.quorum')) return store.request(input)
        throw error
      }),
  })),

  spoil('a policy that nobody can meet is refused as invalid', 'the end does not count', (store, edit) => ({
    async request({ expiresAt, ...input }) {
      if (input.policy?.escalation === undefined || expiresAt === undefined)
        return store.request({ ...input, expiresAt })
      const { id } = await store.request(input)
      return (await edit((own) => Object.assign(own.approvals.get(id)!, { expiresAt })))!
    },
  })),

  spoil('a policy that nobody can meet is refused as invalid', 'the end of a repeat counts', (store) => ({
    async request(input) {
      const { runId, toolCallId, policy, expiresAt } = input
      const { items } = await store.list({ runId, toolCallId })
      if (toolCallId === undefined || items.length === 0 || policy?.escalation === undefined)
        return store.request(input)
      return expiresAt! < items[0]!.requestedAt + 60_000 ? refuse('invalid') : store.request(input)
    },
  })),

  spoil('a bound field that the arguments do not have is refused as invalid', 'it binds nothing', (store) => ({
    request: ({ bind, ...input }) =>
      onRefusal('invalid', store.request({ ...input, ...(bind && { bind }) }), (error) => {
        const has = (field: string) => Object.hasOwn((input.args ?? {}) as object, field)
        if (!error.problems.every(({ field }) => field.startsWith('bind[')) || !bind?.some(has)) throw error
        return store.request({ ...input, bind: bind.filter(has) })
      }),
  })),

  ...['bind', 'bind[1]'].map((refused) =>
    spoil(
      'up to a hundred bound fields with names of up to 255 characters are kept and more or longer are refused as invalid',
      `what is too much of ${refused} binds nothing`,
      (store) => ({
        request: ({ bind, ...input }) =>
          onRefusal('invalid', store.request({ ...input, ...(bind && { bind }) }), (error) => {
            const isTooMuch = error.problems.every(({ field, message }) => field === refused && /at most/.test(message))
            if (!isTooMuch) throw error
            return store.request({ ...input, bind: bind!.filter(({ length }) => length <= 255).slice(0, 100) })
          }),
      }),
    ),
  ),

  spoil(
    'requesting the same tool call with fields worded anew that do not bind gives the first back',
    'the words count',
    (store) => ({
      async request(input) {
        const { runId, toolCallId } = input
        const { items } = await store.list({ runId, toolCallId })
        const before = input.bind && toolCallId && items[0] ? await store.get(items[0].id) : null
        if (before && JSON.stringify(before.args) !== JSON.stringify(input.args)) refuse('conflict')
        return store.request(input)
      },
    }),
  ),
]

export const approvalDefects: readonly Defect[] = [
  ...requesting,
  ...decidingDefects,
  ...spendingDefects,
  ...approvalReadingDefects,
  ...approvalRemovingDefects,
]
