import { ENGINES, type Engine, URL_VARIABLES } from './engines.js'
import { say } from './machine/say.js'
import type { Server } from './server.js'
import { startAll } from './start.js'

/** Every project of a run loads this module for itself, and all share the servers of the first. */
const STARTED = Symbol.for('freehold.databases.started')
const shared = globalThis as typeof globalThis & { [STARTED]?: Promise<Server[]> }

/**
 * For `globalSetup` of Vitest: names a server of every engine in the environment, which the tests and the processes they
 * fork inherit. An engine that cannot be started fails the run when `REQUIRE_ALL_BACKENDS` is 1.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  const isFirst = shared[STARTED] === undefined
  shared[STARTED] ??= startOnce()
  const servers = await shared[STARTED]
  if (!isFirst) return undefined
  return async () => {
    await Promise.all(servers.map((server) => server.dispose()))
  }
}

async function startOnce(): Promise<Server[]> {
  const started = await Promise.all(ENGINES.map(startTimed))
  const servers = started.flatMap(({ running }) => running)
  const missing = started.flatMap((each) => each.missing)
  for (const { engine, because } of missing) {
    say(engine, `missing: ${because}`)
    // It may name a server that does not answer.
    delete process.env[URL_VARIABLES[engine]]
  }
  if (missing.length > 0) {
    const [are, their] = missing.length === 1 ? ['is', 'its'] : ['are', 'their']
    const count = `${missing.length} of ${ENGINES.length} databases ${are} missing`
    if (process.env.REQUIRE_ALL_BACKENDS === '1') {
      await Promise.all(servers.map((server) => server.dispose()))
      throw new Error(
        `${count}, and REQUIRE_ALL_BACKENDS=1 asks for all: ${missing.map((one) => one.engine).join(', ')}`,
      )
    }
    say('databases', `${count}: ${their} cases are skipped`)
  }
  for (const { engine, url } of servers) process.env[URL_VARIABLES[engine]] = url
  return servers
}

async function startTimed(engine: Engine) {
  const begin = performance.now()
  const started = await startAll([engine])
  const seconds = ((performance.now() - begin) / 1_000).toFixed(1)
  for (const { version, how } of started.running) say(engine, `${version}, ${how}, after ${seconds} s`)
  return started
}
