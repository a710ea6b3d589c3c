import Module from 'node:module'

/** As it is installed beside the peers, one of which brings another version of it. */
const OWN = 'freehold-better-sqlite3'

interface Resolving {
  _resolveFilename(name: string, parent: unknown, isMain: boolean, options?: { paths: string[] }): string
}

/** The driver that Freehold has beside it was compiled for another Node.js: here it is given that of this one. */
export function takeDriverFrom(peers: string): void {
  const modules = Module as unknown as Resolving
  const resolve = modules._resolveFilename
  modules._resolveFilename = function (name, ...rest) {
    if (!/^better-sqlite3(\/|$)/.test(name)) return resolve.call(this, name, ...rest)
    return resolve.call(this, name.replace('better-sqlite3', OWN), rest[0], rest[1], { paths: [peers] })
  }
}
