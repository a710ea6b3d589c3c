/** Most objects, lists or messages that a request is made of; 20 MiB of usual spans have fewer. */
export const MOST_PARTS = 1_000_000

/** Most spans or log records of a request that are told one by one where they could not be kept. */
export const MOST_REJECTED = 100

/** A request of more parts: a few bytes of each would become a hundred in memory. */
export class TooManyParts extends Error {
  constructor() {
    super(`has more than ${MOST_PARTS} parts`)
  }
}
