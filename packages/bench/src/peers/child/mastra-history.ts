import type { PlainRun } from './plain.js'
import type { History } from './subject.js'

/** What is used of Mastra's domain of memory. */
export interface MemoryStore {
  saveThread(args: { thread: object }): Promise<unknown>
  saveMessages(args: { messages: object[] }): Promise<unknown>
}

const RESOURCE = 'user-7'
/** Runs whose messages are saved at once while a thread is filled. */
const FILLED = 20

/** A thread, to which each run adds its messages. */
export function mastraHistory(store: MemoryStore): History {
  return {
    async seed(name, runs) {
      const now = new Date()
      const thread = { id: name, resourceId: RESOURCE, title: name, createdAt: now, updatedAt: now, metadata: {} }
      await store.saveThread({ thread })
      for (let at = 0; at < runs.length; at += FILLED) {
        const messages = runs.slice(at, at + FILLED).flatMap((run) => messagesOf(name, run))
        await store.saveMessages({ messages })
      }
    },
    async append(name, run) {
      await store.saveMessages({ messages: messagesOf(name, run) })
    },
  }
}

function messagesOf(threadId: string, { startedAt, messages }: PlainRun): object[] {
  return messages.map(({ id, role, text }, i) => ({
    id,
    threadId,
    resourceId: RESOURCE,
    role,
    type: 'v2',
    createdAt: new Date(startedAt + i),
    content: { format: 2, parts: [{ type: 'text', text }] },
  }))
}
