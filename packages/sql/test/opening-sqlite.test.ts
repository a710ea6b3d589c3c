import { promisify } from 'node:util'
import { connect } from '@freehold/sql'
import sqlite3 from 'sqlite3'
import { expect, test } from 'vitest'
import { problemsOf as problemsOfSqlite } from '../src/dialects/sqlite-opening.js'
import { DIRECT_SQLITE, SQLITE } from './engines.js'
import { describeEngines } from './on-engines.js'
import { refusedFor } from './opening.js'
import { refusal } from './refusal.js'

describeEngines(
  (it) => {
    it('a file in UTF-16 is refused, with the remedy', async ({ database }) => {
      const { prompt, url } = database
      const file = new sqlite3.Database(url.replace('sqlite3:', ''))
      await promisify<string, void>(file.exec.bind(file))(`pragma encoding = 'UTF-16le'; create table other (id text)`)
      await promisify(file.close.bind(file))()
      const [{ encoding } = {}] = await prompt.query('pragma encoding')
      const refused = await refusal(connect({ url, schema: 'migrate' }))
      expect({ encoding, refused }).toEqual({
        encoding: 'UTF-16le',
        refused: refusedFor('SQLite: the encoding of the file is UTF-16le; begin a new file, which has UTF-8'),
      })
    })
  },
  [SQLITE],
)

describeEngines(
  (it) => {
    it('a table with a collation is refused', async ({ database }) => {
      await database.prompt.query('create table freehold_sessions (tenant text collate nocase, id text)')
      expect(await refusal(connect({ url: database.url, schema: 'migrate' }))).toEqual(
        refusedFor(
          'SQLite: the table freehold_sessions has a collation, which takes different ids for one; move its rows to a table made by `migrate: true`',
        ),
      )
    })
  },
  [SQLITE, DIRECT_SQLITE],
)

test('a SQLite that is too old is refused', () => {
  expect(problemsOfSqlite('UTF-8', '3.37.2')).toEqual([
    'its version is 3.37.2; 3.38 or later is needed, update sqlite3',
  ])
  expect(problemsOfSqlite('UTF-8', '3.38.0')).toEqual([])
})
