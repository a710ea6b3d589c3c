import { parseArgs } from 'node:util'
import { ENGINES, type EngineName } from './engines/engine.js'
import { WORK } from './peers/work.js'
import { SCENARIOS } from './scenarios/index.js'

export const HELP = `Usage: pnpm bench [options] [engine…]

Measures Freehold beside hand-written use of the raw drivers, in one run, and brings docs/benchmarks.md up to date.

Engines: ${ENGINES.join(', ')}; without any, all that can be started here.

  --only <scenario>   measure no other; may be repeated; no page is written
            (${Object.keys(SCENARIOS).join(', ')};
            with --peers ${Object.keys(WORK).join(', ')})
  --profile look where the time of a batch of 500 new spans goes, and measure nothing else
  --peers   install Mastra and LangGraph in a cache, on first use, and measure Freehold beside their stores, on the
            Node.js that they need; brings docs/benchmarks-peers.md up to date, and measures nothing else
  --short   with --peers, a part of the sizes, which takes minutes; the page tells which
  --quick   small sizes, to see that everything works; no page is written
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
  peers: boolean
  short: boolean
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
      peers: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      named: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  for (const name of positionals)
    if (!ENGINES.includes(name as EngineName))
      throw new Error(`there is no engine ${name}; the engines are ${ENGINES.join(', ')}`)
  if (values.peers && values.profile) throw new Error('either --peers or --profile; each is a run of its own')
  if (values.short && !values.peers) throw new Error('--short is for --peers')
  const scenarios = values.peers ? WORK : SCENARIOS
  for (const name of values.only)
    if (!Object.hasOwn(scenarios, name))
      throw new Error(`there is no scenario ${name}; the scenarios are ${Object.keys(scenarios).join(', ')}`)
  const engines = positionals.length === 0 ? ENGINES : ENGINES.filter((name) => positionals.includes(name))
  return { ...values, engines, lenient: positionals.length === 0 }
}
