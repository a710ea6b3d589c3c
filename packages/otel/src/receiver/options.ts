import { Fields } from '@freehold/contract'
import { warnOf } from '@freehold/recorder'
import { type AcceptedDoor, acceptDoor, DOOR_OPTIONS, type DoorOptions } from '../door/options.js'

export interface ReceiverOptions extends DoorOptions {
  /**
   * The tenant that a bearer token stands for; nothing where it is not known, which is answered with 401, as a request without a
   * token is. Unless told no token is asked for, and all spans are the storage's own: then only those who may write traces must
   * reach the receiver. One that throws is answered with 503, and told to `onError`.
   */
  tenantOf?: (token: string, request: Request) => string | undefined | Promise<string | undefined>
  /** Largest body, in bytes, as it is sent and unpacked; 20 MiB unless told. */
  maxBytes?: number
  /**
   * Most bytes of bodies that are worked on at the same time, packed and unpacked, at least twice `maxBytes`; 64 MiB unless told. What
   * comes on top is answered with 429.
   */
  maxWaiting?: number
  /** Milliseconds in which a body must have come, at least 1; 30,000 unless told. Later it is answered with 503. */
  timeout?: number
  /** Seconds after which a sender is asked to try again; 2 unless told. Exporters that give up after 10 s take no more. */
  retryAfter?: number
  /** Told why something was answered with 500 or 503. A process warning unless told. */
  onError?: (error: Error) => void
}

const MIB = 1_048_576
const OWN: readonly (keyof ReceiverOptions)[] = [
  'tenantOf',
  'maxBytes',
  'maxWaiting',
  'timeout',
  'retryAfter',
  'onError',
]

type Accepted = Required<Omit<ReceiverOptions, 'tenantOf' | keyof DoorOptions>> &
  Pick<ReceiverOptions, 'tenantOf'> & { door: AcceptedDoor }

/** @throws StoreError `invalid`, naming every wrong option */
export function acceptOptions(options: ReceiverOptions): Accepted {
  const fields = new Fields('receiver options', options, [...OWN, ...DOOR_OPTIONS])
  const maxBytes = fields.integer('maxBytes', 1) ?? 20 * MIB
  const maxWaiting = fields.integer('maxWaiting', 1) ?? Math.max(64 * MIB, 2 * maxBytes)
  const timeout = fields.integer('timeout', 1, 2 ** 31 - 1) ?? 30_000
  const retryAfter = fields.integer('retryAfter', 0, 86_400) ?? 2
  if (maxWaiting < 2 * maxBytes) fields.problem('maxWaiting', 'is less than twice maxBytes; give at least as much')
  for (const name of ['tenantOf', 'onError'] as const) {
    const given = fields.raw(name)
    if (given !== undefined && typeof given !== 'function')
      fields.problem(name, 'is not a function; give one, or leave it out')
  }
  const door = acceptDoor(fields)
  fields.done()
  const { tenantOf, onError = warnOf } = options
  return { tenantOf, maxBytes, maxWaiting, timeout, retryAfter, onError, door }
}
