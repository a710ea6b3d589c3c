import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const run = promisify(execFile)

/** What the package manager of this machine asks for everything that is not ours. */
const upstream = async () => (await run('npm', ['config', 'get', 'registry'])).stdout.trim().replace(/\/$/, '')
/** Package managers hold back what was published a moment ago. */
const LONG_AGO = '2020-01-01T00:00:00.000Z'

interface Manifest {
  name: string
  version: string
}

/** The `package.json` in a packed file. */
export async function manifestOf(file: string): Promise<Manifest> {
  return JSON.parse((await run('tar', ['-xzOf', file, 'package/package.json'])).stdout)
}

/**
 * A registry on this machine that has the packed files of a folder under their names, as if they were published, and
 * sends whoever asks for another package to the registry of this machine.
 */
export async function registryOf(folder: string): Promise<{ url: string; close(): void }> {
  const elsewhere = await upstream()
  const published = new Map<string, { manifest: Manifest; file: string; content: Buffer }>()
  for (const file of await readdir(folder)) {
    const manifest = await manifestOf(join(folder, file))
    published.set(manifest.name, { manifest, file, content: await readFile(join(folder, file)) })
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.slice(1).split('?')[0]!)
    const tarball = [...published.values()].find(({ file }) => path === `-/${file}`)
    if (tarball !== undefined) return void response.end(tarball.content)
    const found = published.get(path)
    if (found === undefined) return void response.writeHead(302, { location: `${elsewhere}${request.url}` }).end()
    const { manifest, file, content } = found
    const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`
    const shasum = createHash('sha1').update(content).digest('hex')
    const dist = { tarball: `http://${request.headers.host}/-/${file}`, integrity, shasum }
    const { name, version } = manifest
    const time = { created: LONG_AGO, modified: LONG_AGO, [version]: LONG_AGO }
    const versions = { [version]: { ...manifest, dist } }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions, time }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
