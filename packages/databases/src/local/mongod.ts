import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MongoBinary } from 'mongodb-memory-server-core'
import { installed, run } from '../machine/commands.js'
import { home } from '../machine/home.js'
import { say } from '../machine/say.js'
import type { Profile } from '../server.js'
import { initiate, reportOfMongodb } from '../wire/mongodb.js'
import type { Recipe } from './recipe.js'

const VERSION = '8.2.6'
const A_DAY = 24 * 60 * 60_000
const DOWNLOADS = 'https://fastdl.mongodb.org'

/** MongoDB itself, installed or downloaded; undefined where there is neither. */
export async function mongod(): Promise<Recipe | undefined> {
  const found = installed('mongod')
  if (found !== undefined) return recipe(found, 'installed')
  const downloaded = await download()
  return downloaded === undefined ? undefined : recipe(downloaded, 'npm mongodb-memory-server')
}

async function recipe(program: string, how: string): Promise<Recipe> {
  const version = /v(\d+(\.\d+)+)/.exec(await run(program, ['--version']))![1]!
  const url = (port: number) => `mongodb://127.0.0.1:${port}/?directConnection=true`
  return {
    how,
    ports: 1,
    template: `mongod-${version}`,
    // It makes its own, in a folder that it may write to.
    makeData: async (data, account) => {
      mkdirSync(data)
      if (account !== undefined) chownSync(data, account.uid, account.gid)
    },
    parts: ({ data, ports, profile }) => {
      const options = ['--dbpath', data, '--port', String(ports[0]), '--bind_ip', '127.0.0.1', '--nounixsocket']
      return [{ name: 'mongod', command: program, args: [...options, ...mongodFlags(profile)], stop: 'SIGTERM' }]
    },
    url,
    report: async ({ ports }) => {
      await initiate(url(ports[0]!), `127.0.0.1:${ports[0]}`)
      return reportOfMongodb(url(ports[0]!))
    },
  }
}

/**
 * The journal is written every few milliseconds in either profile; a durable write concern waits for it. What is dropped
 * stays open for five minutes unless no history is kept, and tests drop so much that the server runs out of files.
 */
export function mongodFlags(profile: Profile): string[] {
  const both = ['--replSet', 'rs0', '--wiredTigerCacheSizeGB']
  if (profile === 'durable') return [...both, '1']
  return [...both, '0.25', '--setParameter', 'minSnapshotHistoryWindowInSeconds=0']
}

/** Where MongoDB cannot be downloaded it is not tried again for a day. */
async function download(): Promise<string | undefined> {
  const folder = join(home(), 'mongod')
  const failed = join(folder, 'failed')
  if (existsSync(failed) && Date.now() - Number(readFileSync(failed, 'utf8')) < A_DAY) return undefined
  mkdirSync(folder, { recursive: true })
  try {
    // A network that answers nothing would hold up the download for minutes.
    await fetch(process.env.MONGOMS_DOWNLOAD_MIRROR ?? DOWNLOADS, {
      method: 'HEAD',
      signal: AbortSignal.timeout(5_000),
    })
    say('mongodb', `looking for MongoDB ${VERSION}, and downloading it if it is not there …`)
    return await MongoBinary.getPath({ version: VERSION, downloadDir: folder })
  } catch (error) {
    say('mongodb', `MongoDB cannot be downloaded: ${error instanceof Error ? error.message : String(error)}`)
    writeFileSync(failed, String(Date.now()))
    return undefined
  }
}
