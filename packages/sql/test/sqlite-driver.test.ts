import { setTimeout as sleep } from 'node:timers/promises'
import Direct from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { dialectOf } from '../src/dialects/index.js'
import { isDirectThere, versionsFor } from '../src/dialects/sqlite-driver.js'
import { DIRECT_SQLITE } from './engines.js'
import { describeEngines } from './on-engines.js'

describe('the driver of SQLite', () => {
  test.each([
    ['sqlite3', 'sqlite3'],
    ['better-sqlite3', 'better-sqlite3'],
    ['sqlite', isDirectThere() ? 'better-sqlite3' : 'sqlite3'],
  ])('of %s: is %s', async (scheme, driver) => {
    const url = `${scheme}::memory:`
    const knex = dialectOf(url).connect(url, { create: true })
    try {
      expect(knex.client.driverName).toBe(driver)
    } finally {
      await knex.destroy()
    }
  })

  test.each([
    [20, '12'],
    [22, '13'],
    [24, '13'],
    [26, '13'],
  ])('is on Node.js %i of a version that does not end the process: %s', (node, version) => {
    expect(versionsFor(node)[0]).toBe(version)
    expect(versionsFor(node).includes('12')).toBe(node < 24)
  })

  test('does not make another database of a file', () => {
    const places = ['sqlite:a.db', 'sqlite3:a.db', 'better-sqlite3://a.db'].map((url) => dialectOf(url).identityOf(url))
    expect(new Set(places).size).toBe(1)
  })
})

describeEngines(
  (it) => {
    it('lets others go on while another program writes', async ({ database, storage }) => {
      const other = new Direct(database.url.replace('better-sqlite3:', ''))
      try {
        other.exec('begin immediate')
        const saved = storage.sessions.save({ id: 's', type: 'agent' })
        // Were it waiting on this thread, nobody could commit.
        await sleep(100)
        other.exec('commit')
        expect(await saved).toMatchObject({ id: 's', version: 1 })
      } finally {
        other.close()
      }
    })
  },
  [DIRECT_SQLITE],
)
