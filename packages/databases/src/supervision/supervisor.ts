// A process that ends the servers of another when that one ends, however it ends: it is started with a channel to it,
// which the system closes even after a SIGKILL.

import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { quitTree } from '../machine/process-tree.js'
import type { Launch, Order, Word } from './messages.js'
import { createRun, endRun, noteProcess, removeRun } from './runs.js'

const folders = new Set<string>()
const quits = new Map<number, NodeJS.Signals | undefined>()

function obey(order: Order): number | undefined {
  switch (order.do) {
    case 'folder':
      folders.add(order.folder)
      createRun(order.folder, order.atEnd)
      return undefined
    case 'launch':
      return launch(order.folder, order.launch)
    case 'remove':
      removeRun(order.folder)
      folders.delete(order.folder)
      return undefined
  }
}

function launch(folder: string, { command, args, env, account, log, quit }: Launch): number {
  const file = openSync(log, 'a')
  try {
    const child = spawn(command, args, {
      ...account,
      cwd: '/',
      env: { ...process.env, ...env },
      stdio: ['ignore', file, file],
      // Control-C in a terminal is for the tests to handle, which then end their servers in order.
      detached: true,
    })
    const pid = child.pid
    child.once('error', () => undefined)
    if (pid === undefined) throw new Error(`${command} cannot be started; is it still there?`)
    quits.set(pid, quit)
    noteProcess(folder, pid)
    child.once('exit', (code, signal) => {
      quits.delete(pid)
      tell({ ended: pid, how: signal ?? `exit code ${code}` })
    })
    return pid
  } finally {
    closeSync(file)
  }
}

function tell(word: Word): void {
  if (process.connected) process.send!(word, () => undefined)
}

process.on('message', (order: Order) => {
  try {
    tell({ id: order.id, pid: obey(order) })
  } catch (error) {
    tell({ id: order.id, error: error instanceof Error ? error.message : String(error) })
  }
})

process.once('disconnect', async () => {
  await Promise.all([...quits].map(([pid, quit]) => quitTree(pid, quit)))
  for (const folder of folders) endRun(folder)
  process.exit()
})

// They are meant for whom it serves; what they lead to arrives over the channel.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
