import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type EngineName, type PeerEngine, TITLES, titleOf } from '../engines/engine.js'
import { thisMachine } from '../machine.js'
import type { Options } from '../options.js'
import { figuresOf, merged, resultsOf } from '../report.js'
import type { Machine } from '../result.js'
import type { Bench } from './field.js'
import { type Installed, installPeers, nodeOf, versionFor } from './installed.js'
import { PEER_STORES, type SubjectName } from './names.js'
import { peersPageOf, tablesOf } from './page.js'
import { openGround } from './places.js'
import { type PeerLine, type PeerResult, sizesFor } from './result.js'
import { WORK, type WorkName } from './work.js'

const PAGE = fileURLToPath(new URL('../../../../docs/benchmarks-peers.md', import.meta.url))
const FIGURES = fileURLToPath(new URL('../../../../docs/benchmarks-peers.json', import.meta.url))

interface Report {
  say(what: string): void
  messageOf(error: unknown): string
}

/** Measures Freehold beside other products, and brings their page up to date. Resolves to the exit code. */
export async function measurePeers(options: Options, { say, messageOf }: Report): Promise<number> {
  const machine = thisMachine()
  const installed = await installPeers(say)
  const results: PeerResult[] = []
  const engines = options.engines.filter(isPeerEngine)
  for (const name of engines) {
    const result = await measured(name, machine, installed, options, say).catch((error: unknown) => {
      say(`${TITLES[name]} was not measured: ${messageOf(error)}`)
    })
    if (result === undefined) continue
    results.push(result)
    // Whatever comes later fails, what was measured is kept.
    if (!options.quick && options.only.length === 0) await savePage(result)
  }
  if (options.json) process.stdout.write(figuresOf(results))
  else for (const result of results) process.stdout.write(`\n${titleOf(result)}\n\n${tablesOf(result.lines)}\n`)
  return results.length === 0 || (results.length < engines.length && !options.lenient) ? 1 : 0
}

function isPeerEngine(name: EngineName): name is PeerEngine {
  return name !== 'better-sqlite'
}

async function measured(
  name: PeerEngine,
  machine: Machine,
  installed: Installed,
  { quick, short, named, only }: Options,
  tell: (what: string) => void,
): Promise<PeerResult> {
  const say = (what: string) => tell(`${TITLES[name]}: ${what}`)
  say('starting')
  const ground = await openGround(name, { named })
  try {
    const sizes = sizesFor(name, { quick, short })
    const subjects: SubjectName[] = ['freehold', ...PEER_STORES[name].map(({ peer }) => peer)]
    const bench: Bench = { ground, installed, subjects, sizes, say }
    const lines: PeerLine[] = []
    for (const work of Object.keys(WORK) as WorkName[])
      if (only.length === 0 || only.includes(work)) lines.push(...(await WORK[work](bench)))
    const { version, how, settings } = ground
    return {
      engine: name,
      date: new Date().toISOString().slice(0, 10),
      version,
      how,
      settings,
      machine: { ...machine, node: await nodeOf(installed) },
      stores: await storesOn(name, installed),
      sizes,
      lines,
    }
  } finally {
    await ground.dispose()
  }
}

/** What each peer is on this engine, for people. */
async function storesOn(name: PeerEngine, installed: Installed): Promise<PeerResult['stores']> {
  const stores: PeerResult['stores'] = {}
  for (const { peer, package: store, driver, told } of PEER_STORES[name]) {
    const versions = await Promise.all([store, driver].map((each) => versionFor(installed, store, each)))
    const packages = `\`${store}\` ${versions[0]} on \`${driver}\` ${versions[1]}`
    stores[peer] = told === undefined ? packages : `${packages}; ${told}`
  }
  return stores
}

async function savePage(fresh: PeerResult): Promise<void> {
  const before = resultsOf<PeerResult>(await readFile(FIGURES, 'utf8').catch(() => ''))
  const results = merged(before, [fresh])
  await writeFile(FIGURES, figuresOf(results))
  await writeFile(PAGE, peersPageOf(results))
}
