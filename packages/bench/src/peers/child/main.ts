/** A process of one subject: it opens it, and does what it is told over the channel to its parent. */
import type { SubjectName } from '../names.js'
import type { Answer, Ask } from './messages.js'
import type { Place, Subject } from './subject.js'
import type { Ready, Tasks } from './tasks.js'

/** Only the one that is asked for is loaded: a cold start has nothing of another. */
const OPENERS: Readonly<Record<SubjectName, (place: Place) => Promise<Subject>>> = {
  freehold: async (place) => (await import('./freehold.js')).openFreehold(place),
  mastra: async (place) => (await import('./mastra.js')).openMastra(place),
  'mastra-vnext': async (place) => (await import('./mastra.js')).openMastra(place),
  langgraph: async (place) => (await import('./langgraph.js')).openLanggraph(place),
}

let subject: Subject | undefined
let tasks: Tasks | undefined
let ready: Ready | undefined

async function answerTo(ask: Ask): Promise<Partial<Answer>> {
  switch (ask.do) {
    case 'open': {
      subject = await OPENERS[ask.place.subject](ask.place)
      await subject.greet()
      const milliseconds = performance.now()
      tasks = (await import('./tasks.js')).tasksOf(subject)
      return { milliseconds }
    }
    case 'prepare':
      ready = await tasks![ask.task](ask.args as never)
      return {}
    case 'go': {
      // What preparing leaves behind is no part of what is measured.
      globalThis.gc!()
      const start = performance.now()
      const outcome = await ready!()
      const milliseconds = performance.now() - start
      ready = undefined
      return { milliseconds, ...outcome }
    }
    case 'close':
      await subject?.close()
      return {}
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`
}

process.on('message', async (ask: Ask) => {
  const told = await answerTo(ask).catch((error: unknown) => ({ error: messageOf(error) }))
  // In kilobytes, wherever it is asked.
  const answer: Answer = { ...told, rss: process.resourceUsage().maxRSS * 1024 }
  process.send!(answer)
})
process.on('disconnect', () => process.exit())
