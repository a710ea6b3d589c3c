import type { SdkResource, SdkSpan } from './from-sdk.js'

/** Longest wait for the attributes that resources detect, in milliseconds. */
const LONGEST = 5_000

/** Resources that were waited for, in vain or not: their attributes are used as they are. */
const settled = new WeakSet<SdkResource>()

/**
 * Waits for the attributes that the resources of spans are still detecting, once and not for long: they come with what
 * somebody else's server answers, and spans without them are better than none. Never rejects.
 */
export async function awaitResources(spans: readonly SdkSpan[]): Promise<void> {
  const pending = new Set(spans.flatMap((span) => pendingOf(span) ?? []))
  if (pending.size === 0) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LONGEST).unref()
  })
  await Promise.race([
    late,
    Promise.allSettled([...pending].map(async (resource) => resource.waitForAsyncAttributes?.())),
  ])
  clearTimeout(timer)
  for (const resource of pending) settled.add(resource)
}

function pendingOf(span: SdkSpan): SdkResource | undefined {
  try {
    const { resource } = span
    return resource?.asyncAttributesPending && !settled.has(resource) ? resource : undefined
  } catch {
    // Where it is converted that is told, with the span.
    return undefined
  }
}
