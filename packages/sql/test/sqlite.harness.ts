import { join } from 'node:path'
import type { Harness, Place } from '@freehold/conformance'
import { connect } from '@freehold/sql'
import { sqlitePrompt } from './prompts.js'
import { tamperSql } from './tamper.js'

const fileOf = (place: Place) => join(place.dir, 'store.db')

const harness: Harness = {
  name: 'SQLite',
  open: (place, { migrate }) => connect({ url: `sqlite:${fileOf(place)}`, schema: migrate ? 'migrate' : 'check' }),
  tamper: (place, tampering) => tamperSql(() => sqlitePrompt(fileOf(place)), tampering),
  module: import.meta.url,
}

export default harness
