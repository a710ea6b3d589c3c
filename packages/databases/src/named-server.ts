import { type Engine, URL_VARIABLES, urlOf } from './engines.js'
import { keptUrls } from './keeper-state.js'
import type { Report } from './local/recipe.js'
import type { Server } from './server.js'
import { reportOfMongodb } from './wire/mongodb.js'
import { reportOfMysql } from './wire/mysql.js'
import { reportOfPostgres } from './wire/postgres.js'

export const REPORTS: Record<Engine, (url: string) => Promise<Report>> = {
  postgres: reportOfPostgres,
  postgres15: reportOfPostgres,
  mysql: reportOfMysql,
  mariadb: reportOfMysql,
  mongodb: reportOfMongodb,
}

/** The server that the environment names, if it does. It belongs to somebody else and is never stopped. */
export function namedServer(engine: Engine): Promise<Server> | undefined {
  const url = urlOf(engine)
  return url === undefined ? undefined : reached(engine, url, URL_VARIABLES[engine])
}

/** The server that `databases start` keeps running, if it does. It is for that to stop. */
export function keptServer(engine: Engine): Promise<Server> | undefined {
  const url = keptUrls()?.[engine]
  return url === undefined ? undefined : reached(engine, url, 'databases start')
}

async function reached(engine: Engine, url: string, how: string): Promise<Server> {
  const refuse = async () => {
    throw new Error(`the server of ${how} is not ours to stop or start; use startServer for one that is`)
  }
  const report = await REPORTS[engine](url).catch((cause: Error) => {
    throw new Error(`the server of ${how} does not answer; start it or do without it: ${cause.message}`, { cause })
  })
  return { engine, url, how, ...report, stop: refuse, start: refuse, kill: refuse, dispose: async () => {} }
}
