import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { dockerAnswers } from '../src/docker/compose.js'
import { ENGINES } from '../src/engines.js'
import { run } from '../src/machine/commands.js'
import { say } from '../src/machine/say.js'
import { startServer } from '../src/start.js'
import { notesIn } from './notes.js'
import type { Found } from './runner.js'

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const RUNNER = fileURLToPath(new URL('./runner.ts', import.meta.url))
const COMPOSE = fileURLToPath(new URL('../compose.yaml', import.meta.url))

const reasons = new Map<string, string | undefined>()
for (const engine of ENGINES) reasons.set(engine, await reasonToSkip(engine))
for (const reason of new Set(reasons.values())) if (reason) say('Docker', `${reason}: cases are skipped`)

describe('a server in Docker', () => {
  for (const engine of ENGINES) {
    it.skipIf(reasons.get(engine))(`leaves no container and no volume when it is disposed of: ${engine}`, async () => {
      const server = await startServer(engine)
      expect(server.how).toBe('Docker')
      const container = (await docker('ps', '--quiet', '--filter', `publish=${new URL(server.url).port}`)).trim()
      const volumes = await volumesOf(container)
      expect(volumes).not.toEqual([])
      await server.dispose()
      expect(await leftOf([container], volumes)).toEqual([])
    })
  }

  it.skipIf(reasons.get('postgres'))('leaves none when the process that uses it is killed', async () => {
    const runner = fork(RUNNER, ['postgres'], { execArgv: ['--import', TSX] })
    const [{ folders }] = (await once(runner, 'message')) as [Found]
    const project = `label=com.docker.compose.project=freehold-${basename(folders[0]!)}`
    const containers = (await docker('ps', '--quiet', '--filter', project)).trim().split('\n')
    const volumes = await volumesOf(containers[0]!)
    expect(await leftOf(containers, volumes)).toEqual([...containers, ...volumes])
    runner.kill('SIGKILL')
    await vi.waitFor(async () => expect(await leftOf(containers, volumes)).toEqual([]), { timeout: 20_000 })
  })

  it.skipIf(reasons.get('postgres'))('that ended by itself is started again', async () => {
    const server = await startServer('postgres')
    try {
      await notesIn('postgres', server.url).write('before')
      await docker('kill', (await docker('ps', '--quiet', '--filter', `publish=${new URL(server.url).port}`)).trim())
      await server.kill()
      await server.start()
      expect(await notesIn('postgres', server.url).read()).toEqual(['before'])
    } finally {
      await server.dispose()
    }
  })
})

/** The images are here once the run has started its own servers, unless they cannot be had. */
async function reasonToSkip(engine: string): Promise<string | undefined> {
  if (!(await dockerAnswers())) return 'no daemon answers, or no Compose'
  const env = { PORT: '0', FLAGS: '' }
  const image = (await run('docker', ['compose', '-f', COMPOSE, 'config', '--images', engine], { env })).trim()
  return docker('image', 'inspect', image).then(
    () => undefined,
    () => `the image ${image} is not here`,
  )
}

function docker(...args: string[]): Promise<string> {
  return run('docker', args)
}

async function volumesOf(container: string): Promise<string[]> {
  const format = '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}}\n{{end}}{{end}}'
  return (await docker('inspect', '--format', format, container)).trim().split('\n')
}

async function leftOf(containers: string[], volumes: string[]): Promise<string[]> {
  const [allContainers, allVolumes] = await Promise.all([
    docker('ps', '--all', '--quiet'),
    docker('volume', 'ls', '--quiet'),
  ])
  return [
    ...containers.filter((each) => allContainers.includes(each)),
    ...volumes.filter((each) => allVolumes.includes(each)),
  ]
}
