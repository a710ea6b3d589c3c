/** How much of a list to read. Lists are paged by key: there is no offset and no total. */
export interface PageRequest {
  /** 1 to 1,000 items; 50 unless told. */
  limit?: number
  /** The `next` of the page before. It belongs to the list that gave it; another list refuses it as `invalid`. */
  after?: string
}

/**
 * - a page of a list never repeats and never misses a row that was there when paging began
 * - rows of one timestamp are paged without a repeat and without a gap
 * - a page that ends with the last row has no next
 * - a cursor that is damaged or of another list is refused as invalid
 * - a page holds 50 items unless told
 * - a page limit outside 1 to 1,000 is refused as invalid
 */
export interface Page<T> {
  items: T[]
  /** Opaque; absent on the last page. */
  next?: string
}

export const DEFAULT_PAGE = 50
export const MAX_PAGE = 1000
