import { type Fields, StoreError } from '@freehold/contract'
import { type Codec, Recorder, tell } from '@freehold/recorder'
import type { RejectedRecord } from './hook.js'
import { bytesOf, recordOf } from './kept-record.js'
import { type HookSettings, recorderOptionsOf } from './options.js'
import { type Kind, rejectionOf, type Way } from './way.js'

/** A record that cannot be copied is refused where it is told: nothing of it could be written later. */
const UNCOPYABLE = 'holds what cannot be copied, such as a function; give JSON'

/** Writes later, and returns at once. */
export function inBackground<R extends object>(
  kind: Kind<R>,
  codec: Codec<Buffer>,
  { onRejected }: HookSettings,
  fields: Fields,
): Way<R> | undefined {
  const recorder = recorderOf(kind, codec, fields)
  if (recorder === undefined) return undefined
  let uncopyable = 0
  return {
    get counts() {
      const counts = recorder.counts
      return { ...counts, recorded: counts.recorded + uncopyable, rejected: counts.rejected + uncopyable }
    },
    take(records) {
      const rejected: RejectedRecord[] = []
      for (const record of records) {
        const bytes = copyOf(record)
        if (bytes === undefined) rejected.push({ id: kind.idOf(record), reason: UNCOPYABLE })
        else recorder.record(bytes)
      }
      uncopyable += rejected.length
      if (rejected.length > 0) tell(onRejected, rejected)
      return Promise.resolve(undefined)
    },
    flush: () => recorder.flush(),
    kept: () => recorder.kept(),
    close: () => recorder.close(),
  }
}

function copyOf(record: object): Buffer | undefined {
  try {
    return bytesOf(record)
  } catch {
    return undefined
  }
}

/** Undefined where its options are wrong, which are problems of the fields then. */
function recorderOf<R extends object>(
  { write, idOf, noun }: Kind<R>,
  codec: Codec<Buffer>,
  fields: Fields,
): Recorder<Buffer, RejectedRecord> | undefined {
  const writeAll = async (kept: readonly Buffer[]) => {
    const refused = await write(kept.map((bytes) => recordOf<R>(bytes)))
    return { rejected: refused.map((each) => rejectionOf(each, idOf)) }
  }
  try {
    return new Recorder<Buffer, RejectedRecord>(writeAll, recorderOptionsOf(fields), {
      noun,
      codec,
      weightOf: (bytes) => bytes.length,
      cannotWait: 'nobody waits behind a hook in the background',
    })
  } catch (error) {
    if (!StoreError.is(error, 'invalid')) throw error
    for (const { field, message } of error.problems) fields.problem(field, message)
    return undefined
  }
}
