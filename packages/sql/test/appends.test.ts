import { expect, test } from 'vitest'
import { AppendsByTenant } from '../src/append-entries.js'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { SQLITE } from './engines.js'

test('of the tenants that ever appended, a process keeps those of late', async () => {
  const { url, remove } = await SQLITE.open()
  const dialect = dialectOf(url)
  const knex = dialect.connect(url, { create: true })
  const appends = new AppendsByTenant(new Database(knex, dialect, 'freehold_'))
  const [early, late] = [appends.of('early'), appends.of('late')]
  for (let n = 0; n < 999; n++) {
    appends.of(`tenant ${n}`)
    appends.of('late')
  }
  const kept = [appends.of('late') === late, appends.of('early') === early]
  await knex.destroy()
  await remove()
  expect(kept).toEqual([true, false])
})
