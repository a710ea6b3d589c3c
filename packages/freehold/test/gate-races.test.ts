import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openStorage, type Storage } from 'freehold'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PLACES, type Place } from './support/places.js'

const RESUMING = fileURLToPath(new URL('support/resuming.mjs', import.meta.url))
const PROCESSES = 16
const ARGS = { order: 7 }

describe.each(PLACES)('a gate on %s', (_, open) => {
  let place: Place
  let storage: Storage
  let directory: string
  let file: string

  beforeEach(async () => {
    place = await open()
    storage = await openStorage(place.url, { migrate: true })
    directory = mkdtempSync(join(tmpdir(), 'freehold-gate-'))
    file = join(directory, 'ran')
  })

  afterEach(async () => {
    await storage.close()
    await place.remove()
    rmSync(directory, { recursive: true, force: true })
  })

  const ran = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])

  /** Starts them all, lets them go at once, and resolves to what each said. */
  async function resume(id: string, ends: string, processes: number): Promise<string[]> {
    const children = Array.from({ length: processes }, () =>
      spawn(process.execPath, [RESUMING, place.url, id, file, ends], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    const said = children.map(({ stdout }) => {
      const told = { text: '' }
      stdout.setEncoding('utf8').on('data', (text: string) => {
        told.text += text
      })
      return told
    })
    const ended = children.map((child) => once(child, 'close'))
    await Promise.all(children.map((child, i) => Promise.race([once(child.stdout, 'data'), ended[i]!])))
    for (const { stdin } of children) stdin.write('go\n')
    await Promise.all(ended)
    return said.map(({ text }) => text.replace('ready\n', '').trim())
  }

  async function approved(): Promise<string> {
    const { id } = await storage.approvals.request({ tool: 'refund', args: ARGS })
    await storage.approvals.decide(id, { decision: 'approved', by: 'lena' })
    return id
  }

  it(`runs a tool once for ${PROCESSES} processes that come back to one call`, { timeout: 120_000 }, async () => {
    const id = await approved()
    const said = await resume(id, 'well', PROCESSES)
    expect(ran()).toHaveLength(1)
    expect(said.sort()).toEqual(['ran', ...Array(PROCESSES - 1).fill('spent')])
    expect((await storage.approvals.get(id))?.status).toBe('executed')
  })

  it('shows a tool that died after its approval was spent, and never runs it again', { timeout: 120_000 }, async () => {
    const id = await approved()
    expect(await resume(id, 'killed', 1)).toEqual([''])
    expect((await storage.approvals.get(id))?.status).toBe('consumed')
    expect(await resume(id, 'well', 3)).toEqual(['spent', 'spent', 'spent'])
    expect(ran()).toHaveLength(1)
    expect((await storage.approvals.events(id)).items.map(({ type }) => type)).toEqual([
      'requested',
      'approved',
      'consumed',
    ])
  })
})
