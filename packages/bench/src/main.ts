import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type EngineName, TITLES, titleOf } from './engines/engine.js'
import { openEngine } from './engines/index.js'
import { thisMachine } from './machine.js'
import { HELP, type Options, optionsOf } from './options.js'
import { measurePeers } from './peers/peers.js'
import { BATCHES, type EngineProfile, profileOf, profileTable } from './profile/profile.js'
import { figuresOf, merged, type Profiles, pageOf, resultsOf } from './report.js'
import { type EngineResult, FULL, type Machine, QUICK } from './result.js'
import { measureAll } from './scenarios/index.js'
import { tableOf } from './table.js'

const PAGE = fileURLToPath(new URL('../../../docs/benchmarks.md', import.meta.url))
const PROFILES = fileURLToPath(new URL('../../../docs/benchmarks-profile.json', import.meta.url))
const FIGURES = fileURLToPath(new URL('../../../docs/benchmarks.json', import.meta.url))

async function main(args: readonly string[]): Promise<number> {
  let options: Options
  try {
    options = optionsOf(args)
  } catch (error) {
    say(`${messageOf(error)}\n\n${HELP}`)
    return 2
  }
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  // Before anything starts: later the load is the benchmark's own.
  const machine = thisMachine()
  if (machine.load > machine.cores / 2)
    say(`the machine is busy (load ${machine.load}): the figures will be those of a busy one`)
  if (options.profile) return profiled(options)
  if (options.peers) return measurePeers(options, { say, messageOf })
  const results: EngineResult[] = []
  let failed = false
  for (const name of options.engines) {
    const result = await measured(name, machine, options).catch((error: unknown) => {
      say(`${TITLES[name]} was not measured: ${messageOf(error)}`)
    })
    if (result === undefined) failed = true
    else results.push(result)
    // Whatever comes later fails, what was measured is kept.
    if (result !== undefined && !options.quick && options.only.length === 0) await savePage([result])
  }
  if (options.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
  else for (const result of results) process.stdout.write(`\n${titleOf(result)}\n\n${tableOf(result.measured)}\n`)
  return results.length === 0 || (failed && !options.lenient) ? 1 : 0
}

async function profiled({ engines, lenient, quick, named, json }: Options): Promise<number> {
  const profiles: EngineProfile[] = []
  for (const name of engines) {
    say(`${TITLES[name]}: starting`)
    const engine = await openEngine(name, { named }).catch((error: unknown) => {
      say(`${TITLES[name]} was not measured: ${messageOf(error)}`)
    })
    if (engine === undefined) continue
    try {
      const { version } = engine
      profiles.push({ title: titleOf({ engine: name, version }), ...(await profileOf(engine, quick ? 2 : BATCHES)) })
    } finally {
      await engine.dispose()
    }
  }
  if (!quick) await saveProfiles(profiles)
  process.stdout.write(json ? `${JSON.stringify(profiles, null, 2)}\n` : `\n${profileTable(profiles)}\n`)
  return profiles.length === 0 || (profiles.length < engines.length && !lenient) ? 1 : 0
}

async function measured(name: EngineName, machine: Machine, { quick, named, only }: Options): Promise<EngineResult> {
  const sizes = quick ? QUICK : FULL
  say(`${TITLES[name]}: starting`)
  const engine = await openEngine(name, { named })
  try {
    const { version, how, driver, settings } = engine
    const { technique, measured } = await measureAll(engine, sizes, (what) => say(`${TITLES[name]}: ${what}`), only)
    const date = new Date().toISOString().slice(0, 10)
    return { engine: name, date, version, how, driver, settings, technique, machine, sizes, measured }
  } finally {
    await engine.dispose()
  }
}

async function savePage(fresh: readonly EngineResult[]): Promise<void> {
  const before = await readFile(FIGURES, 'utf8').catch(() => '')
  const results = merged(resultsOf(before), fresh)
  await writeFile(FIGURES, figuresOf(results))
  await writeFile(PAGE, pageOf(results, await profilesBefore()))
}

/** The engines that were looked at now take the place of themselves. */
async function saveProfiles(fresh: readonly EngineProfile[]): Promise<void> {
  const { before, now } = await profilesBefore()
  const titles = new Set(fresh.map(({ title }) => title))
  const all = [...now.filter(({ title }) => !titles.has(title)), ...fresh]
  const place = ({ title }: EngineProfile) => before.findIndex((one) => one.title === title)
  const profiles = { before, now: all.sort((a, b) => place(a) - place(b)) }
  await writeFile(PROFILES, `${JSON.stringify(profiles, null, 2)}\n`)
  await writeFile(PAGE, pageOf(resultsOf(await readFile(FIGURES, 'utf8')), profiles))
}

async function profilesBefore(): Promise<Profiles> {
  return JSON.parse(await readFile(PROFILES, 'utf8')) as Profiles
}

function say(what: string): void {
  process.stderr.write(`${what}\n`)
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`
}

process.exitCode = await main(process.argv.slice(2))
