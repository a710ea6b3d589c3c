import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { law } from '../src/case.js'
import type { Harness } from '../src/harness.js'
import { confined, notRunSummary, planFor, runCase, runSuite } from '../src/suite.js'
import inFile, { inMemory } from './reference.harness.js'

const passing = law('passes', async ({ storage }) => assert.equal(await storage.sessions.get('none'), null))
const failing = law('fails', async () => assert.fail('as it should'))
const elsewhere = law('runs elsewhere', async () => {}, { needs: ['processes'] })
const chapters = [{ name: 'chapter', cases: [passing, failing, elsewhere] }]

describe('the suite', () => {
  it('tells what passed, what failed and what did not run', async () => {
    const outcomes = await runSuite(inMemory, chapters)
    expect(outcomes.map(({ result }) => result)).toEqual(['passed', 'failed', 'not run'])
  })

  it('counts what is excused and what the harness lacks, each with its reason', () => {
    const excuses = [{ case: 'fails', because: 'it is known to' }]
    expect(notRunSummary(planFor({ ...inMemory, excuses }, chapters))).toEqual([
      '1 case excused:',
      '  fails: it is known to',
      '1 case not run: give the harness a `module`, so that other processes can open the same place',
    ])
  })

  it('says of a confined harness that the rest runs on the store itself', () => {
    expect(notRunSummary(planFor(confined(inFile, 'acme'), chapters))).toEqual([
      '1 case not run: it speaks of the default tenant, and runs on the store itself',
    ])
  })

  it('refuses an excuse for a case that does not exist', () => {
    const harness: Harness = { ...inMemory, excuses: [{ case: 'flies', because: 'it cannot' }] }
    expect(() => planFor(harness, chapters)).toThrow(/flies/)
  })

  it('leaves nothing behind, whatever the case did', async () => {
    const dirs: string[] = []
    const leaking = law('leaks', async ({ place, connect }) => {
      dirs.push(place.dir)
      await connect()
      assert.fail('before anything was closed')
    })
    await expect(runCase(inFile, leaking)).rejects.toThrow('before anything was closed')
    expect(dirs.map((dir) => existsSync(dir))).toEqual([false])
  })

  it('hands on the code and the message of what failed in another process', async () => {
    const refused = law('is refused', async ({ processes }) => {
      await processes(2, 'appendRuns', { sessionId: 'missing', runs: 1 })
    })
    await expect(runCase(inFile, refused)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('the session does not exist'),
    })
  })

  // Any module that exports no harness.
  const empty = { ...inFile, module: new URL('../src/messages.ts', import.meta.url).href }

  it('names a module that has no harness as its default export', async () => {
    const working = law('works', async ({ processes }) => {
      await processes(1, 'appendRuns', { sessionId: 'missing', runs: 1 })
    })
    await expect(runCase(empty, working)).rejects.toThrow(/messages\.ts has no harness as its default export/)
  })

  it('does not take a process that never began for one that was killed at work', async () => {
    const killed = law('is killed', ({ kill }) => kill('migrate', {}, 0))
    await expect(runCase(empty, killed)).rejects.toThrow(/has no harness as its default export/)
  })
})
