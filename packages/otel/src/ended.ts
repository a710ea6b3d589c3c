import { setImmediate } from 'node:timers/promises'
import type { SpanInput } from '@freehold/contract'
import type { Door } from './door/door.js'
import { readSdkSpan, type SdkSpan } from './from-sdk.js'
import { awaitResources } from './resources.js'

/** A span that ended: as the SDK has it, or as it was put on the disk. */
export type Ended = SdkSpan | SpanInput

export function isOfSdk(span: Ended): span is SdkSpan {
  return 'spanContext' in span
}

/** Longest that spans are worked on in one go, in milliseconds: it is the thread of the application. */
const LONGEST = 5

/** Does something with each, and lets others run in between. */
export async function inTurns<T, V>(items: readonly T[], work: (item: T) => V): Promise<V[]> {
  const done: V[] = []
  let since = performance.now()
  for (const item of items) {
    if (performance.now() - since > LONGEST) {
      await setImmediate()
      since = performance.now()
    }
    done.push(work(item))
  }
  if (performance.now() - since > LONGEST) await setImmediate()
  return done
}

/** Each as a span of ours, or why it is none. What comes from the disk is as it was kept there: it went through the door before. */
export async function readAll(ended: readonly Ended[], door: Door): Promise<(SpanInput | Error)[]> {
  await awaitResources(ended.filter(isOfSdk))
  return inTurns(ended, (span) => {
    if (!isOfSdk(span)) return span
    try {
      return readSdkSpan(span, door)
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  })
}
