import { createHmac } from 'node:crypto'

/** Where a webhook leads, and what proves who sent it. */
export interface WebhookTarget {
  url: URL
  /** The bytes of the secret. */
  secret: Buffer
  headers: Readonly<Record<string, string>>
  /** Longest time of one request, in milliseconds. */
  timeout: number
}

/** What became of a message: `again` when a later try may help, `never` when it will not. */
export type Answer = { told: true } | { told: false; again: boolean; reason: string; after?: number }

/** Statuses after which the same request may succeed later; other 4xx say that it never will. */
const AGAIN = [408, 409, 421, 423, 425, 429]
/** Longest wait that an answer asks for and gets, in milliseconds. */
const MAX_AFTER = 3_600_000

/**
 * Sends a message as Standard Webhooks 1.0 says (https://www.standardwebhooks.com): `webhook-id`, the same however often it is sent,
 * `webhook-timestamp`, in seconds, that of this try, and `webhook-signature`, `v1,` and the HMAC-SHA256 in base64 of
 * `id.timestamp.body`.
 */
export async function send(target: WebhookTarget, id: string, body: string): Promise<Answer> {
  const timestamp = String(Math.floor(Date.now() / 1_000))
  try {
    const response = await fetch(target.url, {
      method: 'POST',
      body,
      headers: {
        ...target.headers,
        'content-type': 'application/json',
        'user-agent': 'freehold',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatureOf(target.secret, id, timestamp, body),
      },
      // What a redirect leads to was not configured.
      redirect: 'manual',
      signal: AbortSignal.timeout(target.timeout),
    })
    // Nobody reads it, and the connection is free for the next.
    await response.body?.cancel()
    return answerOf(response)
  } catch (error) {
    // What it says may name the address, which may hold a secret.
    const name = error instanceof Error ? error.name : 'an error'
    return { told: false, again: true, reason: name === 'TimeoutError' ? 'no answer in time' : 'could not be reached' }
  }
}

export function signatureOf(secret: Buffer, id: string, timestamp: string, body: string): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

function answerOf({ ok, status, headers }: Response): Answer {
  if (ok) return { told: true }
  const again = status >= 500 || AGAIN.includes(status)
  const after = Math.ceil(Number(headers.get('retry-after')) * 1_000)
  const asked = Number.isFinite(after) && after > 0 ? { after: Math.min(after, MAX_AFTER) } : {}
  return { told: false, again, reason: `answered ${status}`, ...asked }
}
