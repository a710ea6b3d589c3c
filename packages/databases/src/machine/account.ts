import { readFileSync } from 'node:fs'

/** Whom a server runs as. */
export interface Account {
  uid: number
  gid: number
}

/** Database servers refuse to run as root; then they run as `nobody`, which every system has. Otherwise as the caller. */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const nobody = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
  if (nobody === null) throw new Error('a server cannot run as root, and there is no user nobody; run as another user')
  return { uid: Number(nobody[1]), gid: Number(nobody[2]) }
}
