import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Certificates of one CA, and the certificate of another, as files that every user of this machine may read. */
export interface Certificates {
  ca: string
  otherCa: string
  /** A certificate for `localhost` and 127.0.0.1. */
  right: Pair
  /** A certificate for another host. */
  wrong: Pair
  /** A file that is no certificate. */
  notes: string
  remove(): Promise<void>
}

export interface Pair {
  cert: string
  key: string
}

/** Made anew by OpenSSL for each test, so that none is kept or wears out. */
export async function makeCertificates(): Promise<Certificates> {
  const dir = await mkdtemp(join(tmpdir(), 'freehold-tls-'))
  const at = (name: string) => join(dir, name)
  const openssl = (...args: string[]) => run('openssl', args)
  const authority = async (name: string) => {
    const days = ['-days', '2', '-subj', `/CN=${name}`]
    await openssl('req', '-x509', ...EC, '-keyout', at(`${name}.key`), '-out', at(`${name}.pem`), ...days)
    return at(`${name}.pem`)
  }
  const [ca, otherCa] = await Promise.all([authority('ca'), authority('other-ca')])
  const signed = async (name: string, hosts: string): Promise<Pair> => {
    const pair = { cert: at(`${name}.pem`), key: at(`${name}.key`) }
    const signer = ['-CA', ca, '-CAkey', at('ca.key'), '-addext', `subjectAltName=${hosts}`]
    const subject = ['-days', '2', '-subj', `/CN=${name}`]
    await openssl('req', '-x509', ...EC, '-keyout', pair.key, '-out', pair.cert, ...subject, ...signer)
    await chmod(pair.key, 0o644)
    return pair
  }
  const right = await signed('right', 'DNS:localhost,IP:127.0.0.1')
  const wrong = await signed('wrong', 'DNS:elsewhere.example')
  await writeFile(at('notes.txt'), 'not a certificate')
  await chmod(dir, 0o755)
  return { ca, otherCa, right, wrong, notes: at('notes.txt'), remove: () => rm(dir, { recursive: true }) }
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
