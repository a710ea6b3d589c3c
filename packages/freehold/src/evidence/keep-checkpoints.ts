import {
  type AuditHead,
  type AuditStore,
  DEFAULT_STREAM,
  Fields,
  isClosed,
  type TenantStorage,
  type Timestamp,
} from '@freehold/contract'
import type { Anchor } from './anchors.js'
import { ChainBroken } from './chain-broken.js'
import { Deliveries } from './deliveries.js'
import type { KeptCheckpoint } from './format.js'
import { Signer, type SigningKey } from './signing.js'

export interface KeepOptions {
  /** Of which streams of this tenant; of `main` alone unless told. Approvals have one of their own, see `auditApprovals`. */
  streams?: readonly string[]
  /** A checkpoint after so many entries; 1,000 unless told. */
  every?: number
  /** And after so many milliseconds, if anything was appended; 300,000 unless told. */
  interval?: number
  /** How often heads are looked at, in milliseconds; every 5,000 unless told, or as often as `interval` if that is less. */
  look?: number
  sign?: SigningKey
  /** Where they are kept; several keep every one, each by itself. */
  anchor: Anchor | readonly Anchor[]
  /** Told what went wrong, and of which stream. What it throws is passed over. */
  onError?: (error: unknown, stream: string) => void
}

export interface CheckpointCounts {
  made: number
  /** Handed to an anchor; one that went to two counts twice. */
  anchored: number
  /** Attempts that failed: to look at a stream, or to hand a checkpoint out. */
  failed: number
  /** Waiting for an anchor, to be handed out again. */
  pending: number
  /** Given up because 1,000 waited for one anchor: a later one vouches for all before. */
  dropped: number
  /** Not made because the stream does not go on from the last one. */
  refused: number
}

export interface CheckpointKeeper {
  readonly counts: CheckpointCounts
  /** Looks at the heads now and makes what is due, as happens by itself: for those who are woken by a clock of their own. */
  look(): Promise<void>
  /** Makes one of each of its streams now and hands them out, whether they are due or not. @throws what the store throws; ChainBroken */
  checkpoint(): Promise<KeptCheckpoint[]>
  /** Makes one of what was appended since the last, hands out what waits, once, and leaves no timer. */
  close(): Promise<void>
}

/** The last one of a stream. */
interface Last {
  head: AuditHead
  at: Timestamp
  /** What follows it was tampered with, as it was told at `at`. */
  broken?: true
}

/**
 * Vouches for streams of the audit as they grow: makes checkpoints, signs them, and hands them to where those who can write to the
 * database cannot reach them.
 *
 * - One is made when `every` entries or more were appended since the last, and after `interval` when any was. While nothing is
 *   appended none is made: the newest head was handed out. What other processes handed out is not known, so the first look makes
 *   one of every stream that has entries.
 * - Before one is handed out, what was appended since the last is verified: none vouches for a stream that was tampered with since.
 * - An anchor that fails never stops an append or another anchor: it gets the same again, after 1 second to 5 minutes, until it has
 *   it.
 * - Its timers keep no process alive: await `close()` before the end. What waits is lost with the process; the next one hands out
 *   the newest head, which vouches for all before.
 * - Several processes may keep checkpoints of one stream. Each hands out its own.
 *
 * @throws StoreError `invalid`
 */
export function keepCheckpoints(
  storage: Pick<TenantStorage, 'tenantId'> & { audit: AuditStore },
  options: KeepOptions,
): CheckpointKeeper {
  return new Keeper(storage.tenantId, storage.audit, acceptOptions(options))
}

class Keeper implements CheckpointKeeper {
  private readonly last = new Map<string, Last>()
  private readonly deliveries: readonly Deliveries[]
  private made = 0
  private failed = 0
  private refused = 0
  private timer: NodeJS.Timeout | undefined
  private looking: Promise<void> | undefined
  private closing: Promise<void> | undefined

  constructor(
    private readonly tenant: string,
    private readonly audit: AuditStore,
    private readonly options: Accepted,
  ) {
    this.deliveries = options.anchors.map(
      (anchor) => new Deliveries(anchor, (error, { checkpoint }) => this.tell(error, checkpoint.stream)),
    )
    this.wake()
  }

  get counts(): CheckpointCounts {
    const { made, refused } = this
    const all = (of: 'anchored' | 'failed' | 'pending' | 'dropped') =>
      this.deliveries.reduce((sum, deliveries) => sum + deliveries[of], 0)
    const failed = this.failed + all('failed')
    return { made, anchored: all('anchored'), failed, pending: all('pending'), dropped: all('dropped'), refused }
  }

  look(): Promise<void> {
    return this.closing === undefined ? this.lookAt(false) : Promise.reject(isClosed())
  }

  async checkpoint(): Promise<KeptCheckpoint[]> {
    if (this.closing !== undefined) throw isClosed()
    const kept: KeptCheckpoint[] = []
    for (const stream of this.options.streams) kept.push(await this.make(stream))
    await Promise.all(this.deliveries.map((deliveries) => deliveries.flush()))
    return kept
  }

  close(): Promise<void> {
    this.closing ??= this.end()
    return this.closing
  }

  private async end(): Promise<void> {
    clearTimeout(this.timer)
    await this.looking
    await this.lookAt(true)
    await Promise.all(this.deliveries.map((deliveries) => deliveries.flush()))
    for (const deliveries of this.deliveries) deliveries.stop()
  }

  private wake(): void {
    this.timer = setTimeout(() => {
      void this.lookAt(false).finally(() => {
        if (this.closing === undefined) this.wake()
      })
    }, this.options.look)
    this.timer.unref()
  }

  private lookAt(closes: boolean): Promise<void> {
    this.looking ??= this.lookAtAll(closes).finally(() => {
      this.looking = undefined
    })
    return this.looking
  }

  private async lookAtAll(closes: boolean): Promise<void> {
    for (const stream of this.options.streams) {
      try {
        if (await this.isDue(stream, closes)) await this.make(stream)
      } catch (error) {
        if (!(error instanceof ChainBroken)) this.failed += 1
        this.tell(error, stream)
      }
    }
  }

  private async isDue(stream: string, closes: boolean): Promise<boolean> {
    const { every, interval } = this.options
    const head = await this.audit.head(stream)
    const last = this.last.get(stream)
    if (last === undefined) return head.seq > 0
    if (head.seq === last.head.seq && head.hash === last.head.hash) return false
    const isMany = head.seq - last.head.seq >= every && last.broken === undefined
    return closes || isMany || Date.now() - last.at >= interval
  }

  private async make(stream: string): Promise<KeptCheckpoint> {
    const checkpoint = await this.audit.checkpoint(stream)
    const before = this.last.get(stream)?.head
    if (before !== undefined) {
      const verification = await this.audit.verify(stream, { from: before, checkpoints: [checkpoint] })
      if (verification.status === 'tampered') {
        this.refused += 1
        this.last.set(stream, { head: before, at: Date.now(), broken: true })
        throw new ChainBroken(verification)
      }
    }
    const { seq, hash, at } = checkpoint
    this.last.set(stream, { head: { stream, seq, hash }, at })
    const kept = this.options.signer?.checkpoint(this.tenant, checkpoint) ?? { checkpoint, tenant: this.tenant }
    this.made += 1
    for (const deliveries of this.deliveries) deliveries.add(kept)
    return kept
  }

  private tell(error: unknown, stream: string): void {
    try {
      this.options.onError?.(error, stream)
    } catch {
      // Whoever listens is not to stop what keeps.
    }
  }
}

interface Accepted {
  streams: readonly string[]
  every: number
  interval: number
  look: number
  signer: Signer | undefined
  anchors: readonly Anchor[]
  onError: KeepOptions['onError']
}

function acceptOptions(options: KeepOptions): Accepted {
  const known = ['streams', 'every', 'interval', 'look', 'sign', 'anchor', 'onError']
  const fields = new Fields('checkpoints', options, known)
  const streams = fields.raw('streams') ?? [DEFAULT_STREAM]
  if (!Array.isArray(streams) || streams.length === 0 || !streams.every(isName))
    fields.wrong('streams', streams, 'give an array of names of streams')
  const every = fields.integer('every', 1) ?? 1_000
  const interval = fields.integer('interval', 1_000) ?? 300_000
  const look = fields.integer('look', 100) ?? Math.min(5_000, interval)
  const signer = Signer.in(fields)
  const anchors = [fields.raw('anchor') ?? []].flat() as Anchor[]
  if (anchors.length === 0 || anchors.some((one) => typeof one !== 'function'))
    fields.wrong('anchor', fields.raw('anchor'), 'give fileAnchor(…), webhookAnchor(…), auditAnchor(…) or a function')
  const onError = fields.raw('onError') as KeepOptions['onError']
  if (onError !== undefined && typeof onError !== 'function') fields.wrong('onError', onError, 'give a function')
  fields.done()
  return { streams: streams as string[], every, interval, look, signer, anchors, onError }
}

function isName(stream: unknown): boolean {
  return new Fields('stream', { stream }, ['stream']).id('stream') !== undefined
}
