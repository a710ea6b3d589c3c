import { emptyState, memoryMedium, openReference } from '@freehold/conformance/reference'
import { DOMAINS, type Storage } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { type Parts, routed } from '../src/router.js'

const openOne = () => openReference(memoryMedium(emptyState), { migrate: true })

async function twoDatabases() {
  const [main, vault] = [await openOne(), await openOne()]
  const parts: Parts = { traces: main, sessions: main, approvals: main, audit: vault }
  return { main, vault, parts, storage: routed(parts) }
}

const entry = { actor: 'ada', action: 'did' }
const seqOf = async (storage: Pick<Storage, 'audit'>) => (await storage.audit.head()).seq

describe('a storage over two databases', () => {
  it('writes where the domain lives', async () => {
    const { main, vault, storage } = await twoDatabases()
    await storage.audit.append([entry])
    expect([await seqOf(main), await seqOf(vault)]).toEqual([0, 1])
  })

  it('writes for a tenant where the domain lives, and for that tenant', async () => {
    const { main, vault, storage } = await twoDatabases()
    await storage.tenant('acme').audit.append([entry])
    const seqs = [main, main.tenant('acme'), vault, vault.tenant('acme')].map(seqOf)
    expect(await Promise.all(seqs)).toEqual([0, 0, 0, 1])
  })

  it('asks each database for a tenant once', async () => {
    const { parts, main, vault } = await twoDatabases()
    const asked: string[] = []
    const watched = (name: string, storage: Storage): Storage => ({
      ...storage,
      tenant(id) {
        asked.push(name)
        return storage.tenant(id)
      },
    })
    const [a, b] = [watched('main', main), watched('vault', vault)]
    routed({ ...parts, traces: a, sessions: a, approvals: a, audit: b }).tenant('acme')
    expect(asked).toEqual(['main', 'vault'])
  })

  it('tells for each domain what the database it lives in can do', async () => {
    const { parts, vault } = await twoDatabases()
    const lesser = { ...vault.capabilities.audit }
    const capabilities = { ...vault.capabilities, audit: lesser }
    const storage = routed({ ...parts, audit: { ...vault, capabilities } })
    expect(DOMAINS.map((domain) => storage.capabilities[domain] === lesser)).toEqual([false, false, false, true])
  })
})
