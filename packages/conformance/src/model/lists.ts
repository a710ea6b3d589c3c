import type { Page, PageRequest } from '@freehold/contract'

/** Pages after which a list is taken for endless. */
const MOST_PAGES = 10_000

/** Every item of a list, read so many at a time, and how many each page had. */
export async function paged<T>(read: (page: PageRequest) => Promise<Page<T>>, limit: number | undefined) {
  const items: T[] = []
  const pages: number[] = []
  let after: string | undefined
  while (pages.length < MOST_PAGES) {
    const page = await read({ limit, after })
    items.push(...page.items)
    pages.push(page.items.length)
    if (page.next === undefined) return { items, pages }
    after = page.next
  }
  throw new Error('the list has no last page')
}
