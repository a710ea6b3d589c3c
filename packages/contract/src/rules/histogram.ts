/** Buckets from a duration to twice as long: in each the longest is 1.0508 times the shortest. */
export const BUCKETS_OF_OCTAVE = 14
const GROWTH = 2 ** (1 / BUCKETS_OF_OCTAVE)
/** By how much a quantile may differ from the duration that has its rank, as a part of that: 2.48 %. */
export const RELATIVE_ERROR = (GROWTH - 1) / (GROWTH + 1)
/** The octave of what takes no time, and of what has no duration. */
export const NO_OCTAVE = -1
/** The bucket of what takes no time, or less, as where the clocks of two machines differ. */
const NO_TIME = NO_OCTAVE * BUCKETS_OF_OCTAVE

/** Where the buckets of the octave of 1 begin, but for the first. */
const STARTS = Array.from({ length: BUCKETS_OF_OCTAVE - 1 }, (_, i) => 2 ** ((i + 1) / BUCKETS_OF_OCTAVE))

/** How many durations are in each bucket. Histograms are merged by adding their counts. */
export type Histogram = ReadonlyMap<number, number>

/** The bucket of a duration, in whole microseconds: {@link BUCKETS_OF_OCTAVE} times its octave, and its place in it. */
export function bucketOf(micros: number): number {
  if (micros < 1) return NO_TIME
  const octave = octaveOf(micros)
  const part = micros / 2 ** octave
  let place = 0
  while (place < STARTS.length && part >= STARTS[place]!) place += 1
  return octave * BUCKETS_OF_OCTAVE + place
}

/** The exponent of the greatest power of two that is not more: by its bits, as a logarithm may be rounded up. */
function octaveOf(whole: number): number {
  const high = Math.floor(whole / 2 ** 32)
  return high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(whole)
}

/** What stands for the durations of a bucket, in microseconds: as far, in proportion, from the shortest as from the longest. */
function durationOf(bucket: number): number {
  return bucket === NO_TIME ? 0 : 2 ** (bucket / BUCKETS_OF_OCTAVE) * (1 + RELATIVE_ERROR)
}

/**
 * A quantile by nearest rank: of `n` durations in their order, that at place `ceil(q * n)`, in microseconds, within
 * {@link RELATIVE_ERROR}; what takes no time is 0 exactly. `undefined` when there is none.
 * @param q above 0, at most 1
 */
export function quantile(histogram: Histogram, q: number): number | undefined {
  const total = [...histogram.values()].reduce((sum, count) => sum + count, 0)
  let open = Math.ceil(q * total)
  for (const bucket of [...histogram.keys()].sort((a, b) => a - b)) {
    open -= histogram.get(bucket)!
    if (open <= 0 && total > 0) return durationOf(bucket)
  }
  return undefined
}
