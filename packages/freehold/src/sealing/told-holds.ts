import type { AuditReader } from '@freehold/contract'

/** A hold on a subject, as the audit tells. */
export interface ToldHold {
  id: string
  subject: string
}

const PAGE = 100

/** Holds on subjects, or on one, that are in force by the audit, to which each that is placed or released is an entry. */
export async function* toldHolds(audit: AuditReader, subject?: string): AsyncGenerator<ToldHold, void> {
  const placed = { action: 'hold.placed', ...(subject === undefined ? {} : { target: subject }) }
  let after: string | undefined
  do {
    const page = await audit.read(placed, after === undefined ? { limit: PAGE } : { limit: PAGE, after })
    for (const { target, data } of page.items) {
      const { hold, on } = (data ?? {}) as { hold?: string; on?: string }
      if (on !== 'subject' || hold === undefined || target === undefined) continue
      const released = await audit.read({ action: 'hold.released', target: hold }, { limit: 1 })
      if (released.items.length === 0) yield { id: hold, subject: target }
    }
    after = page.next
  } while (after !== undefined)
}
