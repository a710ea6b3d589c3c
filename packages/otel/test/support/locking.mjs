// Has a file of SQLite for itself until it is killed. Only another process is kept out by such a lock.
import { writeSync } from 'node:fs'
import sqlite3 from 'sqlite3'

const database = new sqlite3.Database(process.argv[2])
database.configure('busyTimeout', 10_000)
database.exec('begin exclusive', (error) => {
  if (error) throw error
  writeSync(1, 'locked\n')
})
setInterval(() => database, 1_000)
