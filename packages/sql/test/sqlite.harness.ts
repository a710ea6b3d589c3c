import { join } from 'node:path'
import type { Harness, Place } from '@freehold/conformance'
import { connect } from '@freehold/sql'
import { sqlitePrompt } from './prompts.js'
import { tamperSql } from './tamper.js'

const fileOf = (place: Place) => join(place.dir, 'store.db')

/** Of one of the two drivers, as the scheme of a URL names it. */
export function sqliteHarness(name: string, scheme: string, module: string): Harness {
  return {
    name,
    open: (place, { migrate }) => connect({ url: `${scheme}:${fileOf(place)}`, schema: migrate ? 'migrate' : 'check' }),
    tamper: (place, tampering) => tamperSql(() => sqlitePrompt(fileOf(place), scheme), tampering),
    module,
  }
}

export default sqliteHarness('SQLite', 'sqlite3', import.meta.url)
