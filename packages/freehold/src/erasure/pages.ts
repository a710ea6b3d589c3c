import type { Page, PageRequest } from '@freehold/contract'

/** All of a list, page by page. What is removed meanwhile moves none of the others. */
export async function* allOf<T>(list: (page: PageRequest) => Promise<Page<T>>, limit = 100): AsyncGenerator<T> {
  let after: string | undefined
  do {
    const page = await list(after === undefined ? { limit } : { limit, after })
    yield* page.items
    after = page.next
  } while (after !== undefined)
}
