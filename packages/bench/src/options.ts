import { parseArgs } from 'node:util'
import { ENGINES, type EngineName } from './engines/engine.js'
import { SCENARIOS } from './scenarios/index.js'

export const HELP = `Usage: pnpm bench [options] [engine…]

Measures Freehold beside hand-written use of the raw drivers, in one run, and brings docs/benchmarks.md up to date.

Engines: ${ENGINES.join(', ')}; without any, all that can be started here.

  --only <scenario>   measure no other; may be repeated; docs/benchmarks.md is left alone
            (${Object.keys(SCENARIOS).join(', ')})
  --profile look where the time of a batch of 500 new spans goes, and measure nothing else
  --quick   small sizes, to see that everything works; docs/benchmarks.md is left alone
  --named   measure the servers that POSTGRES_URL, MYSQL_URL, … name, as they are set up, instead of new ones
  --json    print the figures as JSON instead of tables
  --help    print this

Exit codes: 0 measured, 1 an engine that was asked for could not be measured, 2 the command makes no sense.
`

export interface Options {
  engines: readonly EngineName[]
  /** Engines that cannot be started are passed over: nobody asked for them by name. */
  lenient: boolean
  /** The scenarios that are asked for; all when there is none. */
  only: readonly string[]
  profile: boolean
  quick: boolean
  named: boolean
  json: boolean
  help: boolean
}

/** @throws Error with a message for a person. */
export function optionsOf(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      profile: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      named: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  for (const name of positionals)
    if (!ENGINES.includes(name as EngineName))
      throw new Error(`there is no engine ${name}; the engines are ${ENGINES.join(', ')}`)
  for (const name of values.only)
    if (!Object.hasOwn(SCENARIOS, name))
      throw new Error(`there is no scenario ${name}; the scenarios are ${Object.keys(SCENARIOS).join(', ')}`)
  const engines = positionals.length === 0 ? ENGINES : ENGINES.filter((name) => positionals.includes(name))
  return { ...values, engines, lenient: positionals.length === 0 }
}
