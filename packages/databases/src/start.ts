import { dockerAnswers } from './docker/compose.js'
import { startDocker } from './docker/docker-server.js'
import { ENGINES, type Engine, URL_VARIABLES, urlOf } from './engines.js'
import { embeddedPostgres } from './local/embedded-postgres.js'
import { installedPostgres } from './local/installed-postgres.js'
import { startLocal } from './local/local-server.js'
import { mariadb } from './local/mariadb.js'
import { mongodb } from './local/mongodb.js'
import { unpackedMysql } from './local/mysql.js'
import type { Recipe } from './local/recipe.js'
import { say } from './machine/say.js'
import { keptServer, namedServer } from './named-server.js'
import type { Profile, Server } from './server.js'

const RECIPES: Record<Engine, () => Promise<Recipe>> = {
  postgres: embeddedPostgres,
  postgres15: installedPostgres,
  mysql: unpackedMysql,
  mariadb,
  mongodb,
}

export interface Started {
  running: Server[]
  /** The engines that could not be started, and what each is missing. */
  missing: { engine: Engine; because: string }[]
}

/**
 * A server of the caller's own, with no data in it, for `profile` (default: `tests`). It ends with this process at the
 * latest, however that ends. Rejects where the engine can neither run in Docker nor be found or unpacked; a server that
 * the environment names is never taken for it, because it is not the caller's to stop.
 */
export async function startServer(engine: Engine, { profile = 'tests' }: { profile?: Profile } = {}): Promise<Server> {
  try {
    return (await inDocker(engine, profile)) ?? (await startLocal(engine, await RECIPES[engine](), profile))
  } catch (cause) {
    const because = cause instanceof Error ? cause.message : String(cause)
    const named = urlOf(engine) ? `, and the server of ${URL_VARIABLES[engine]} is not ours to stop` : ''
    throw new Error(`cannot start a ${engine} of its own${named}: ${because}`, { cause })
  }
}

/** What Docker could not run. It is not tried again: to find no way to an image may take minutes each time. */
const notInDocker = new Set<Engine>()

/** Undefined where Docker cannot run it: there may be a daemon, and no way to the images. */
async function inDocker(engine: Engine, profile: Profile): Promise<Server | undefined> {
  if (notInDocker.has(engine) || !(await dockerAnswers())) return undefined
  try {
    return await startDocker(engine, profile)
  } catch (error) {
    notInDocker.add(engine)
    say(engine, `not in Docker: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

/**
 * A server of each engine, all at once: the one that the environment names, else the one that `databases start` keeps
 * running, else a new one for tests. Never rejects.
 */
export async function startAll(engines: readonly Engine[] = ENGINES): Promise<Started> {
  const settled = await Promise.allSettled(
    engines.map(async (engine) => namedServer(engine) ?? keptServer(engine) ?? startServer(engine)),
  )
  const started: Started = { running: [], missing: [] }
  for (const [i, each] of settled.entries())
    if (each.status === 'fulfilled') started.running.push(each.value)
    else started.missing.push({ engine: engines[i]!, because: (each.reason as Error).message })
  return started
}
