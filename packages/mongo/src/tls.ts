import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { type Problem, StoreError } from '@freehold/contract'
import { failureOf, toStoreError } from './errors.js'

/** What each of these files must be, and what throws where it is not. */
const FILES: Readonly<Record<string, readonly [what: string, parse: (file: Buffer, passphrase?: string) => unknown]>> =
  {
    tlsCAFile: ['no certificate in PEM; name the one of the CA', certificateIn],
    tlsCRLFile: ['no list of revoked certificates in PEM; name one', (file) => createSecureContext({ crl: file })],
    tlsCertificateKeyFile: [
      'no certificate and its key in PEM, or asks for another tlsCertificateKeyFilePassword; correct them',
      (file, passphrase) => createSecureContext({ cert: file, key: file, passphrase }),
    ],
  }

/** Of one in DER Node's TLS would make nothing, without a word. */
function certificateIn(file: Buffer): X509Certificate {
  if (!file.includes('-----BEGIN')) throw new Error('no PEM')
  return new X509Certificate(file)
}

/**
 * Looks at the files that a URL names, before a connection is tried.
 * @throws StoreError `invalid` where one cannot be read, or is not what it must be; `unavailable` where this machine can open
 * no file at all now
 */
export function checkFiles(options: ReadonlyMap<string, string>): void {
  const problems: Problem[] = []
  for (const [name, [what, parse]] of Object.entries(FILES)) {
    const path = options.get(name)
    if (path === undefined) continue
    const file = read(path)
    if (typeof file === 'string') {
      const message = `has the option ${name}, whose file cannot be read (${file}); correct its path or its rights`
      problems.push({ field: 'url', message })
      continue
    }
    try {
      parse(file, options.get('tlsCertificateKeyFilePassword'))
    } catch {
      problems.push({ field: 'url', message: `has the option ${name}, whose file is ${what}` })
    }
  }
  if (problems.length > 0) throw StoreError.invalid('connect', problems)
}

/** The file, or the code of what keeps it from being read. */
function read(path: string): Buffer | string {
  try {
    return readFileSync(path)
  } catch (error) {
    if (failureOf(error).code === 'unavailable') throw toStoreError(error)
    return String((error as NodeJS.ErrnoException).code)
  }
}
