import { type Fields, StoreError } from '@freehold/contract'
import { type Codec, type Nature, Recorder, settingsOf, tell } from '@freehold/recorder'
import type { RejectedRecord } from './hook.js'
import { bytesOf, recordOf } from './kept-record.js'
import { type HookSettings, recorderOptionsOf } from './options.js'
import { type Kind, rejectionOf, type Way } from './way.js'

/** A record that cannot be copied is refused where it is told: nothing of it could be written later. */
const UNCOPYABLE =
  'holds what cannot be copied, such as a function, an object of a class, or a personal value, which a hook in the foreground seals; give JSON'

/** Writes later, and returns at once. Undefined where an option is wrong, which the fields tell then: nothing was opened. */
export function inBackground<R extends object>(
  kind: Kind<R>,
  codec: Codec<Buffer>,
  settings: HookSettings,
  fields: Fields,
): Way<R> | undefined {
  const recorder = recorderOf(kind, codec, settings, fields)
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
      if (rejected.length > 0) tell(settings.onRejected, rejected)
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

function recorderOf<R extends object>(
  { write, idOf, noun }: Kind<R>,
  codec: Codec<Buffer>,
  { onError, onRejected }: HookSettings,
  fields: Fields,
): Recorder<Buffer, RejectedRecord> | undefined {
  const options = { ...recorderOptionsOf(fields), onError, onRejected }
  const nature: Nature<Buffer, RejectedRecord> = {
    noun,
    codec,
    weightOf: (bytes) => bytes.length,
    cannotWait: 'nobody waits behind a hook in the background',
  }
  try {
    settingsOf(options, nature)
  } catch (error) {
    if (!StoreError.is(error, 'invalid')) throw error
    for (const { field, message } of error.problems) fields.problem(field, message)
  }
  if (fields.problems.length > 0) return undefined
  const writeAll = async (kept: readonly Buffer[]) => {
    const refused = await write(kept.map((bytes) => recordOf<R>(bytes)))
    return { rejected: refused.map((each) => rejectionOf(each, idOf)) }
  }
  return new Recorder(writeAll, options, nature)
}
