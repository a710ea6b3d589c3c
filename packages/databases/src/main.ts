// The command line: servers for as long as a developer needs them.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ENGINES, type Engine, URL_VARIABLES } from './engines.js'
import { keeperPid, keptUrls } from './keeper-state.js'
import { identityOf } from './machine/process-tree.js'

const HELP = `databases start [ENGINE…]   starts servers, every engine by default, and prints their URLs for a shell to eval
databases stop              stops them and removes their data

The engines are ${ENGINES.join(', ')}.
While servers run, tests use them instead of starting their own.
`

const [command, ...rest] = process.argv.slice(2)
process.exitCode = await main(command, rest)

async function main(command: string | undefined, engines: string[]): Promise<number> {
  if (command === 'start') return start(engines)
  if (command === 'stop') return stop()
  const asked = command === '--help' || command === '-h'
  process[asked ? 'stdout' : 'stderr'].write(HELP)
  return asked ? 0 : 2
}

async function start(engines: string[]): Promise<number> {
  const unknown = engines.find((engine) => !ENGINES.includes(engine as Engine))
  if (unknown !== undefined) {
    process.stderr.write(`there is no engine ${unknown}\n\n${HELP}`)
    return 2
  }
  if (keeperPid() === undefined) {
    const program = fileURLToPath(new URL('./keeper.js', import.meta.url))
    const keeper = fork(program, engines, { detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    // Passed on instead of shared: whoever reads our output until its end would wait for the end of the servers.
    keeper.stderr!.pipe(process.stderr)
    const kept = await Promise.race([once(keeper, 'message').then(() => true), once(keeper, 'exit').then(() => false)])
    if (!kept) return 1
    keeper.disconnect()
    keeper.stderr!.destroy()
    keeper.unref()
  }
  for (const [engine, url] of Object.entries(keptUrls() ?? {}))
    process.stdout.write(`export ${URL_VARIABLES[engine as Engine]}='${url}'\n`)
  return 0
}

async function stop(): Promise<number> {
  const keeper = keeperPid()
  if (keeper === undefined) {
    process.stderr.write('no servers are kept running\n')
    return 0
  }
  process.kill(keeper, 'SIGTERM')
  while (identityOf(keeper) !== undefined) await sleep(50)
  return 0
}
