import type { Engine, EngineName } from './engine.js'
import { serverEngine } from './server-engine.js'
import { sqliteEngine } from './sqlite-engine.js'

/** @throws where the engine cannot be started here. */
export function openEngine(name: EngineName, options: { named: boolean }): Promise<Engine> {
  return name === 'sqlite' || name === 'better-sqlite' ? sqliteEngine(name) : serverEngine(name, options)
}
