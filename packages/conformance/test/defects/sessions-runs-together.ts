import type { Run, RunInput } from '@freehold/contract'
import { type Defect, onMedium, racy } from './defect.js'
import { type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'sessions'>) => spoiling('sessions', law, name, methods)

/** Of appending several runs at once. */
export const togetherDefects: Defect[] = [
  spoil(
    'runs that are appended together are numbered in their order behind those that are there',
    'the last is appended first',
    (store) => ({
      async appendRuns(inputs) {
        if (!Array.isArray(inputs) || inputs.length > 3) return store.appendRuns(inputs)
        return (await store.appendRuns([...inputs].reverse())).reverse()
      },
    }),
  ),

  spoil('of runs that are appended together all are there or none', 'those before a bad one are appended', (store) => ({
    async appendRuns(inputs) {
      if (!isOfOneSession(inputs)) return store.appendRuns(inputs)
      const appended: Run[] = []
      for (const input of inputs) appended.push(await store.appendRun(input))
      return appended
    },
  })),

  spoil(
    'runs that are appended together again are given back as they were and count once',
    'a repeat counts',
    (store, edit) => ({
      async appendRuns(inputs) {
        const known = inputs.length > 1 && inputs[0]?.id !== undefined && (await store.run(inputs[0].id)) !== null
        const appended = await store.appendRuns(inputs)
        await edit(({ sessions }) => {
          if (known) sessions.get(inputs[0]!.sessionId)!.runs += 1
        })
        return appended
      },
    }),
  ),

  spoil(
    'runs of two sessions, or more than a thousand, are refused and none is appended',
    'each session gets its own',
    (store) => ({
      async appendRuns(inputs) {
        if (!Array.isArray(inputs) || isOfOneSession(inputs)) return store.appendRuns(inputs)
        const appended: Run[] = []
        for (const input of inputs) appended.push(...(await store.appendRuns([input])))
        return appended
      },
    }),
  ),

  {
    law: 'simultaneous appends of many leave no gap, and what is appended together stays together',
    name: 'appendRuns reads, then writes',
    plant: (storage, ground) => onMedium(storage, ground, racy(ground.medium), 'sessions', ['appendRuns']),
  },
]

function isOfOneSession(inputs: readonly RunInput[]): boolean {
  return Array.isArray(inputs) && inputs.length <= 1000 && inputs.every((run) => run.sessionId === inputs[0]!.sessionId)
}
