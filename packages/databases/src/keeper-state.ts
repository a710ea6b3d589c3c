import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from './engines.js'
import { home } from './machine/home.js'
import { identityOf } from './machine/process-tree.js'

type Urls = Partial<Record<Engine, string>>

/** What the keeper, a process that keeps servers running, leaves for others to read. */
interface State {
  pid: number
  identity: string | undefined
  urls: Urls
}

/** Where the kept servers are; undefined when none are kept. */
export function keptUrls(): Urls | undefined {
  return liveState()?.urls
}

/** The process that keeps servers running, if there is one. */
export function keeperPid(): number | undefined {
  return liveState()?.pid
}

/** Says that this process keeps these servers. */
export function keep(urls: Urls): void {
  const state: State = { pid: process.pid, identity: identityOf(process.pid), urls }
  const draft = `${file()}.${process.pid}`
  writeFileSync(draft, JSON.stringify(state))
  renameSync(draft, file())
}

export function keepNoMore(): void {
  rmSync(file(), { force: true })
}

function liveState(): State | undefined {
  try {
    const state = JSON.parse(readFileSync(file(), 'utf8')) as State
    return identityOf(state.pid) === state.identity ? state : undefined
  } catch {
    return undefined
  }
}

function file(): string {
  return join(home(), 'servers.json')
}
