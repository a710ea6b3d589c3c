import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { satisfies } from 'semver'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** The oldest Node.js that everything here works on. */
const OLDEST = '20.19.0'

interface Manifest {
  engines?: { node?: string }
}

function textOf(file: string): string {
  return readFileSync(`${ROOT}/${file}`, 'utf8')
}

/** Every package that the lockfile names, also those of other platforms and of the tools. */
const locked = Object.entries((parse(textOf('pnpm-lock.yaml')) as { packages: Record<string, Manifest> }).packages)
const ours = ['package.json', ...readdirSync(`${ROOT}/packages`).map((name) => `packages/${name}/package.json`)]

describe('the oldest Node.js', () => {
  it('is the same for every package', () => {
    const named = ours.map((file) => [file, (JSON.parse(textOf(file)) as Manifest).engines?.node])
    expect(named.filter(([, node]) => node !== '>=20.19')).toEqual([])
  })

  it('is taken by every dependency', () => {
    const refusing = locked.filter(([, { engines }]) => engines?.node && !satisfies(OLDEST, engines.node))
    expect(refusing.map(([name, { engines }]) => `${name} needs ${engines?.node}`)).toEqual([])
  })

  it('is looked for in more than a few dependencies', () => {
    expect(locked.filter(([, { engines }]) => engines?.node).length).toBeGreaterThan(100)
  })
})
