import { setTimeout as sleep } from 'node:timers/promises'
import type { StoredTrace } from '../../src/reference/traces.js'
import type { Defect } from './defect.js'
import { spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Parameters<typeof spoiling<'traces'>>[3]) =>
  spoiling('traces', law, name, methods)

/** Of all connections. */
let removed = new Map<string, StoredTrace>()

/** Wrong ends of traces. */
export const traceRemovingDefects: readonly Defect[] = [
  spoil('removing a trace removes its spans and nothing of any other', 'another trace goes with it', (store, edit) => ({
    async remove(id) {
      const removed = await store.remove(id)
      await edit((traces) => traces.delete([...traces.keys()][0] ?? ''))
      return removed
    },
  })),
  spoil('removing a trace that does not exist is false', 'removing is always true', (store) => ({
    remove: async (id) => (await store.remove(id)) || true,
  })),
  spoil(
    'a trace that was removed can be written again as if it had never been there',
    'what was removed comes back with what is written',
    (store, edit) => ({
      async remove(id) {
        removed = new Map((await edit((traces) => [...traces])) ?? [])
        return store.remove(id)
      },
      async write(spans) {
        const before = removed
        removed = new Map()
        await edit((traces) => {
          for (const [id, trace] of before) if (!traces.has(id)) traces.set(id, trace)
        })
        return store.write(spans)
      },
    }),
  ),
  spoil(
    'what is written to a trace while it is removed is there whole or not at all',
    'what spans share goes when others have come',
    (store, edit) => ({
      async remove(id) {
        const removed = await store.remove(id)
        await sleep(3)
        await edit((traces) => {
          for (const { span } of traces.get(id)?.spans.values() ?? []) span.input = 'gone'
        })
        return removed
      },
    }),
  ),
]
