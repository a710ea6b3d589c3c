import { sqliteHarness } from './sqlite.harness.js'

export default sqliteHarness('SQLite with better-sqlite3', 'better-sqlite3', import.meta.url)
