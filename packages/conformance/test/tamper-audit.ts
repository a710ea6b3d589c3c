import { createHash } from 'node:crypto'
import { DEFAULT_TENANT } from '@freehold/contract'
import type { Tampering } from '../src/harness.js'
import type { AuditState } from '../src/reference/audit.js'

/** Does to the audit of the default tenant what no store offers. */
export function tamperAudit(audit: AuditState, tampering: Extract<Tampering, { stream: string }>): void {
  const { kind, stream, seq } = tampering
  const chain = audit.get(DEFAULT_TENANT)!.get(stream)!
  const at = (place: number) => chain.links.find((link) => link.entry.seq === place)!
  switch (kind) {
    case 'change-entry':
      at(seq).entry.actor = 'somebody else'
      break
    case 'change-text':
    case 'rewrite-entry': {
      const link = at(seq)
      link.entry.actor = 'nobody'
      link.text = link.text.replace('"actor":"ann"', '"actor":"nobody"')
      if (kind === 'rewrite-entry') link.entry.hash = hashOf(link.entry.previousHash, link.text)
      break
    }
    case 'remove-entry':
      chain.links.splice(chain.links.indexOf(at(seq)), 1)
      break
    case 'swap-entries': {
      const [first, second] = [at(seq), at(seq + 1)]
      first.entry.seq = seq + 1
      second.entry.seq = seq
      break
    }
    case 'fork-entry': {
      const link = at(seq)
      link.entry.previousHash = at(seq - 1).entry.previousHash
      link.entry.hash = hashOf(link.entry.previousHash, link.text)
      break
    }
    case 'truncate':
      chain.links = chain.links.filter((link) => link.entry.seq <= seq)
      if (tampering.head) chain.head = { stream, seq, hash: at(seq).entry.hash }
      if (tampering.checkpoint) delete chain.checkpoint
      break
    case 'set-head':
      chain.head = { stream, seq, hash: at(seq).entry.hash }
  }
}

function hashOf(previousHash: string, text: string): string {
  return createHash('sha256').update(`${previousHash}\n${text}`).digest('hex')
}
