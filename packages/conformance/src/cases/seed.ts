/** Of what is made up at random: the same in every run, for a verdict that chance has no part in. */
export const SEED = 20_261_123

/** How properties are tried out. A failure is told as it was found: to look for a smaller one takes many times as long. */
export const PROPERTY = { seed: SEED, endOnFailure: true }
