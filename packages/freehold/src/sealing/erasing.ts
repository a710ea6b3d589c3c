import {
  type AuditInput,
  type AuditStore,
  compact,
  DEFAULT_STREAM,
  Fields,
  newId,
  StoreError,
  sha256,
} from '@freehold/contract'
import type { Erasure, Hold, KeyStore, Release } from './key-store.js'

export interface EraseOptions {
  /** Who has it erased: the actor of the tombstone. */
  by: string
  /** At most 10,000 characters. */
  reason?: string
  /** Of the tombstone; `main` unless told. */
  stream?: string
}

/** Of one subject, or of one stream. */
export type HoldInput = {
  /** At most 128 bytes, such as the number of a case; a UUIDv7 unless told. */
  id?: string
  by: string
  reason: string
} & ({ subject: string; stream?: undefined } | { stream: string; subject?: undefined })

export interface ReleaseOptions {
  by: string
  reason: string
}

/** What erases, and what keeps from it. Each step may be the last of its process: the same call again goes on from there. */
export class Erasing {
  constructor(
    private readonly keys: KeyStore,
    private readonly tenant: string,
    private readonly audit: AuditStore,
  ) {}

  async eraseSubject(subject: string, options: EraseOptions): Promise<Erasure> {
    const fields = new Fields('erasure', { ...options, subject }, ['subject', 'by', 'reason', 'stream'], 'exact')
    const wanted = {
      id: newId(),
      tenant: this.tenant,
      subject: fields.required('subject', fields.id('subject'), 'name the subject to erase'),
      at: Date.now(),
      by: fields.required('by', fields.name('by'), 'say who has it erased'),
      reason: fields.text('reason'),
      stream: fields.id('stream') ?? DEFAULT_STREAM,
    }
    fields.done()
    return this.tell(await this.keys.destroy(compact(wanted)))
  }

  async finishErasures(): Promise<Erasure[]> {
    const finished: Erasure[] = []
    for (const begun of await this.keys.unconfirmed(this.tenant)) {
      const recorded = await this.keys.destroy(begun).catch(unlessHeld)
      if (recorded !== undefined) finished.push(await this.tell(recorded))
    }
    return finished
  }

  async hold(input: HoldInput): Promise<Hold> {
    const fields = new Fields('hold', input, ['id', 'by', 'reason', 'subject', 'stream'], 'exact')
    const id = fields.id('id') ?? newId()
    const by = fields.required('by', fields.name('by'), 'say who has it held')
    const reason = fields.required('reason', fields.text('reason'), 'say why it is held')
    const [subject, stream] = [fields.id('subject'), fields.id('stream')]
    if (fields.has('subject') === fields.has('stream'))
      fields.problem('subject', 'and stream are one aim; give one of them')
    fields.done()
    const on = subject === undefined ? 'stream' : 'subject'
    const of = subject ?? stream!
    const held = await this.keys.hold({ id, tenant: this.tenant, on, of, at: Date.now(), by, reason })
    await this.audit.append([entryOf('hold.placed', held, { hold: id, on })])
    return held
  }

  async release(id: string, options: ReleaseOptions): Promise<Release> {
    const fields = new Fields('release', { ...options, id }, ['id', 'by', 'reason'], 'exact')
    const wanted = {
      id: fields.required('id', fields.id('id'), 'give the id of the hold'),
      tenant: this.tenant,
      at: Date.now(),
      by: fields.required('by', fields.name('by'), 'say who releases it'),
      reason: fields.required('reason', fields.text('reason'), 'say why it is released'),
    }
    fields.done()
    const released = await this.keys.release(wanted)
    await this.audit.append([entryOf('hold.released', { ...released, of: released.id }, { hold: released.id })])
    return released
  }

  holds(): Promise<Hold[]> {
    return this.keys.holds(this.tenant)
  }

  /** The tombstone has the id and the time that were recorded: told twice, it is one entry. */
  private async tell(recorded: Erasure): Promise<Erasure> {
    const { id, stream, at, by, reason, subject, keyId } = recorded
    const tombstone = { id, stream, time: at, actor: by, action: 'subject.erased', target: subject, data: { keyId } }
    await this.audit.append([compact({ ...tombstone, reason })])
    await this.keys.confirm(recorded)
    return recorded
  }
}

/** An id for each of them, so that a call that is repeated adds none. */
function entryOf(
  action: string,
  { id, at, by, reason, of }: Pick<Hold, 'id' | 'at' | 'by' | 'reason' | 'of'>,
  data: Record<string, string>,
): AuditInput {
  return { id: `${action}:${sha256(id)}`, time: at, actor: by, action, target: of, reason, data }
}

/** An erasure that somebody is withdrawing, because of a hold that came before it. */
function unlessHeld(error: unknown): undefined {
  if (!StoreError.is(error, 'conflict')) throw error
}
