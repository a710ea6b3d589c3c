import type { Scene } from './scene.js'
import { inSpan, pause } from './telemetry.js'

/** A pre-hook: card numbers reach neither the model nor any of the databases. */
export function redactCardNumbers(scene: Scene, question: string): Promise<string> {
  const attributes = { 'hook.name': 'redact-card-numbers', 'hook.phase': 'pre' }
  return inSpan(scene.tracer, 'hook redact-card-numbers', attributes, async (span) => {
    await pause(4)
    const redacted = question.replace(/\d{4}( ?\d{4}){3}/g, '[card number]')
    span.setAttribute('hook.outcome', redacted === question ? 'pass' : 'modify')
    if (redacted !== question) span.setAttribute('hook.modified', redacted)
    return redacted
  })
}

/** A post-hook: an answer that promises a date we do not control is blocked. */
export function checkPromises(scene: Scene, reply: string): Promise<void> {
  const attributes = { 'hook.name': 'check-promises', 'hook.phase': 'post', 'hook.input': reply }
  return inSpan(scene.tracer, 'hook check-promises', attributes, async (span) => {
    await pause(6)
    const isBlocked = /tomorrow|today/i.test(reply)
    span.setAttribute('hook.outcome', isBlocked ? 'block' : 'pass')
    if (isBlocked) throw new Error('the answer promises a date')
  })
}
