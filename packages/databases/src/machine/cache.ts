import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { home } from './home.js'
import { locked } from './lock.js'

/**
 * The folder of this name below the cache, made on first use by `make`, which fills `draft`. The draft becomes `final`
 * only when it is complete, so that work that failed or was killed leaves nothing behind that could pass for it.
 */
export async function kept(name: string, make: (draft: string, final: string) => Promise<void>): Promise<string> {
  const final = join(home(), name)
  if (existsSync(final)) return final
  return locked(name.replaceAll('/', '-'), async () => {
    if (existsSync(final)) return final
    mkdirSync(dirname(final), { recursive: true })
    removeDrafts(final)
    // Its own name: what a killed maker had started may go on for a moment in the folder it knew.
    const draft = `${final}.${randomUUID()}.draft`
    mkdirSync(draft)
    try {
      await make(draft, final)
      renameSync(draft, final)
    } finally {
      removeDrafts(final)
    }
    return final
  })
}

function removeDrafts(final: string): void {
  const isDraft = (name: string) => name.startsWith(`${basename(final)}.`) && name.endsWith('.draft')
  for (const name of readdirSync(dirname(final)).filter(isDraft))
    rmSync(join(dirname(final), name), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}
