import type { AuditReader } from '@freehold/contract'

/** A hold on a subject, as the audit tells. */
export interface ToldHold {
  id: string
  subject: string
}

const PAGE = 100

/** Which holds were released, by their ids: what was asked of one is not asked again. */
export type AskedHolds = Map<string, boolean>

/**
 * Holds on subjects, or on one, that are in force by the audit, to which each that is placed or released is an entry. Of those that
 * were asked for before it is not asked again whether they were released.
 */
export async function* toldHolds(
  audit: AuditReader,
  { subject, asked = new Map() }: { subject?: string; asked?: AskedHolds } = {},
): AsyncGenerator<ToldHold, void> {
  const placed = { action: 'hold.placed', ...(subject === undefined ? {} : { target: subject }) }
  let after: string | undefined
  do {
    const page = await audit.read(placed, after === undefined ? { limit: PAGE } : { limit: PAGE, after })
    for (const { target, data } of page.items) {
      const { hold, on } = (data ?? {}) as { hold?: string; on?: string }
      if (on !== 'subject' || hold === undefined || target === undefined) continue
      const isReleased = asked.get(hold) ?? (await isReleasedIn(audit, hold))
      asked.set(hold, isReleased)
      if (!isReleased) yield { id: hold, subject: target }
    }
    after = page.next
  } while (after !== undefined)
}

async function isReleasedIn(audit: AuditReader, hold: string): Promise<boolean> {
  const { items } = await audit.read({ action: 'hold.released', target: hold }, { limit: 1 })
  return items.length > 0
}
