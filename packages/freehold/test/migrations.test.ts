import { DOMAINS, type Domain, type Migrations } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { routedMigrations } from '../src/router.js'
import { errorOf } from './support/problems.js'

/** Remembers what was asked; its status tells of all four domains, as that of a shared database may. */
class Recorder implements Migrations {
  readonly asked: string[] = []
  constructor(private readonly name: string) {}

  async status() {
    this.asked.push('status')
    return DOMAINS.map((domain) => ({ domain, name: this.name, state: 'applied' as const }))
  }
  async up(domain?: Domain) {
    this.asked.push(`up ${domain}`)
    return [{ domain: domain!, name: this.name, state: 'applied' as const }]
  }
  async down(domain: Domain) {
    this.asked.push(`down ${domain}`)
    return [{ domain, name: this.name, state: 'pending' as const }]
  }
  async plan(domain?: Domain) {
    this.asked.push(`plan ${domain}`)
    return [`${this.name} ${domain}`]
  }
}

function twoDatabases() {
  const main = new Recorder('main')
  const vault = new Recorder('vault')
  return { main, vault, routed: routedMigrations({ traces: main, sessions: main, approvals: main, audit: vault }) }
}

describe('the migrations of several databases', () => {
  it('show each domain once, from the database it lives in', async () => {
    const status = await twoDatabases().routed.status()
    expect(status.map(({ domain, name }) => `${domain} ${name}`)).toEqual([
      'approvals main',
      'audit vault',
      'sessions main',
      'traces main',
    ])
  })

  it('bring every domain up to date where it lives', async () => {
    const { main, vault, routed } = twoDatabases()
    await routed.up()
    expect({ main: main.asked, vault: vault.asked }).toEqual({
      main: ['up traces', 'up sessions', 'up approvals'],
      vault: ['up audit'],
    })
  })

  it('bring one domain up to date and leave the others', async () => {
    const { main, vault, routed } = twoDatabases()
    await routed.up('audit')
    expect({ main: main.asked, vault: vault.asked }).toEqual({ main: [], vault: ['up audit'] })
  })

  it('undo one domain where it lives', async () => {
    const { vault, routed } = twoDatabases()
    await routed.down('audit')
    expect(vault.asked).toEqual(['down audit'])
  })

  it('plan every domain where it lives', async () => {
    expect(await twoDatabases().routed.plan()).toEqual([
      'main traces',
      'main sessions',
      'main approvals',
      'vault audit',
    ])
  })

  it('ask each database for its status once', async () => {
    const { main, vault, routed } = twoDatabases()
    await routed.status()
    expect([main.asked, vault.asked]).toEqual([['status'], ['status']])
  })

  for (const method of ['up', 'down', 'plan'] as const)
    it(`refuse ${method} of a domain that is not there`, async () => {
      const error = await errorOf(twoDatabases().routed[method]('events' as Domain))
      expect(error.message).toBe('migrations: domain: is no domain; give one of traces, sessions, approvals, audit')
    })
})
