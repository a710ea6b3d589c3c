/** Every engine that the tests and benchmarks run on. `postgres15` stands for an old PostgreSQL, `mongodb` for its protocol. */
export const ENGINES = ['postgres', 'postgres15', 'mysql', 'mariadb', 'mongodb'] as const

export type Engine = (typeof ENGINES)[number]

/** The environment variable that names a server of each engine. */
export const URL_VARIABLES: Record<Engine, string> = {
  postgres: 'POSTGRES_URL',
  postgres15: 'POSTGRES15_URL',
  mysql: 'MYSQL_URL',
  mariadb: 'MARIADB_URL',
  mongodb: 'MONGODB_URL',
}

/** The URL of the engine's server, or undefined when the environment names none. Reads the environment and nothing else. */
export function urlOf(engine: Engine): string | undefined {
  return process.env[URL_VARIABLES[engine]] || undefined
}
