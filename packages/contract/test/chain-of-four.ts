import type { AuditHead } from '../src/audit.js'
import type { AcceptedVerification } from '../src/rules/accept-verification.js'
import { ChainCheck, emptyHead, type Link, linkEntry } from '../src/rules/chain.js'

function chainOf(length: number): Link[] {
  const links: Link[] = []
  let head = emptyHead('main')
  for (let n = 1; n <= length; n++) {
    const link = linkEntry('acme', { id: `e${n}`, stream: 'main', time: n, actor: 'ada', action: 'act' }, head)
    links.push(link)
    head = headOf(link)
  }
  return links
}

export const CHAIN = chainOf(4)

function headOf({ entry }: Link): AuditHead {
  return { stream: 'main', seq: entry.seq, hash: entry.hash }
}

export const at = (seq: number): AuditHead => (seq === 0 ? emptyHead('main') : headOf(CHAIN[seq - 1]!))
export const other = (head: AuditHead, digit = 'f'): AuditHead => ({ ...head, hash: digit.repeat(64) })

export interface Read {
  links?: readonly Link[]
  head?: AuditHead
  checkpoints?: readonly AuditHead[]
  from?: AuditHead
}

export function newCheck(asked: Partial<AcceptedVerification> = {}, tenant = 'acme'): ChainCheck {
  return new ChainCheck(tenant, { stream: 'main', checkpoints: [], ...asked }, at(4))
}

export function resultOf({ links = CHAIN, head = at(4), checkpoints = [], from }: Read) {
  const check = newCheck({ checkpoints, from })
  check.add(links)
  return check.result(head)
}

export function found(read: Read): string {
  const result = resultOf(read)
  return result.status === 'ok' ? 'ok' : `${result.found} at ${result.seq}: ${result.detail}`
}

/** The chain with one of its links replaced. */
export const withLink = (seq: number, change: (link: Link) => Link) =>
  CHAIN.map((link, i) => (i === seq - 1 ? change(link) : link))
