import { expect } from 'vitest'
import { describeEngines } from './on-engines.js'

describeEngines((it) => {
  it('a head that was set back is an error that says so, at once', async ({ database, storage }) => {
    await storage.audit.append([{ actor: 'ada', action: 'one' }])
    await database.prompt.query(`delete from freehold_audit_heads`)
    await expect(storage.audit.append([{ actor: 'ada', action: 'two' }])).rejects.toThrow(/run verify/)
  })

  it('a domain that was not opened here is refused as unsupported', async ({ database }) => {
    const storage = await database.connect({ domains: ['traces'] })
    const listed = storage.sessions.list()
    await expect(listed).rejects.toMatchObject({ code: 'unsupported' })
    await storage.close()
  })

  it('what was requested is what is stored, whatever the caller does to it meanwhile', async ({ storage }) => {
    const args = { amount: 1_000_000 }
    const request = storage.approvals.request({ args })
    args.amount = 1
    expect((await request).args).toEqual({ amount: 1_000_000 })
  })

  it('a call that was requested under one id is found again under another', async ({ storage }) => {
    const call = { runId: 'run', toolCallId: 'call' }
    const first = await storage.approvals.request({ id: 'a', ...call })
    expect(await storage.approvals.request({ ...call })).toEqual(first)
  })
})
