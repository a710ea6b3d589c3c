import type { AgentEvent, AgentHook } from 'freehold'
import type { Scene } from './scene.js'
import { pause } from './telemetry.js'

/** A pre-hook: card numbers reach neither the model nor any of the databases. */
export function redactCardNumbers({ spans }: Scene, question: string): Promise<string> {
  return spans.hook({ name: 'redact-card-numbers', phase: 'pre' }, async (span) => {
    await pause(4)
    const redacted = question.replace(/\d{4}( ?\d{4}){3}/g, '[card number]')
    span.set(redacted === question ? { outcome: 'pass' } : { outcome: 'modify', modified: redacted })
    return redacted
  })
}

/** A post-hook: an answer that promises a date we do not control is blocked. */
export function checkPromises({ spans }: Scene, reply: string): Promise<void> {
  return spans.hook({ name: 'check-promises', phase: 'post', input: reply }, async (span) => {
    await pause(6)
    const isBlocked = /tomorrow|today/i.test(reply)
    span.set({ outcome: isBlocked ? 'block' : 'pass' })
    if (isBlocked) throw new Error('the answer promises a date')
  })
}

/** A post-hook that is called once the agent has answered: the audit in the background, and a session until its run is written. */
export function after({ spans }: Scene, name: string, hook: AgentHook, event: AgentEvent): Promise<void> {
  return spans.hook({ name, phase: 'post' }, () => hook(event))
}
