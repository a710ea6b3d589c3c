import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureVersion } from 'node:tls'
import { StoreError } from '@freehold/contract'
import { meaning, networkFailureOf } from './failures.js'
import { type OptionTable, oneOf, refused, text } from './url-options.js'

/** What the options of a URL say about TLS. */
export interface TlsSaid {
  mode: TlsMode
  /** Prisma's word: whether a certificate that is not trusted is refused. */
  strict: boolean
  /** The path of the certificates that are trusted, or `system` for those that Node trusts. */
  ca: string
  cert: string
  key: string
  passphrase: string
  minVersion: SecureVersion
}

/**
 * `require` encrypts, and trusts whoever answers; with a CA it is `verify-ca`, which trusts whom the CA signed;
 * `verify-full` trusts the host that was asked for. `unverified` is `require` that is never more.
 */
export type TlsMode = 'disable' | 'require' | 'unverified' | 'verify-ca' | 'verify-full'

/** An encrypted connection, as drivers are told. */
export interface Tls {
  rejectUnauthorized: boolean
  /** The certificate must bear the name of the host. */
  verifyHost: boolean
  ca?: Buffer
  cert?: Buffer
  key?: Buffer
  passphrase?: string
  minVersion?: SecureVersion
}

/** How these options are called here. */
export interface TlsNames {
  /** What verifies all there is. */
  full: string
  ca: string
  cert: string
  key: string
}

const VERSIONS = {
  'tlsv1.2': 'TLSv1.2',
  'tlsv1.3': 'TLSv1.3',
  // As a list of those that are allowed, of which the least counts.
  'tlsv1.2,tlsv1.3': 'TLSv1.2',
  'tlsv1.3,tlsv1.2': 'TLSv1.2',
} as const

export const minVersion = oneOf<TlsSaid>('minVersion', VERSIONS, 'must be TLSv1.2 or TLSv1.3')

/** The options about TLS that every server takes. */
export const TLS_OPTIONS: OptionTable<TlsSaid> = {
  sslaccept: oneOf('strict', { strict: true, acceptinvalidcerts: false }, 'must be strict or accept_invalid_certs'),
  sslcert: text('cert'),
  sslkey: text('key'),
  sslpassword: text('passphrase'),
  sslidentity: refused('is not taken; write the certificate and its key in PEM, as sslcert and sslkey'),
}

/**
 * How a connection is to be encrypted, if it is. What contradicts itself or cannot be read is added to the problems.
 * @throws StoreError `unavailable` where this machine can open no file at all now
 */
export function tlsOf(said: Partial<TlsSaid>, names: TlsNames, problems: string[]): Tls | undefined {
  const problem = (message: string) => void problems.push(message)
  const { strict, passphrase, minVersion } = said
  const tells = strict !== undefined || [said.ca, said.cert, said.key, passphrase, minVersion].some(Boolean)
  const mode = said.mode ?? (strict === false ? 'unverified' : tells ? 'verify-full' : 'disable')
  if (mode === 'disable') {
    if (tells)
      problem(`says that nothing is encrypted, and how it is; write ${names.full}, or take the other options out`)
    return undefined
  }
  if (strict === false && mode.startsWith('verify'))
    problem(`has both sslaccept=accept_invalid_certs and an option that verifies; keep one of them`)
  if (mode === 'unverified' && said.ca !== undefined && strict === undefined)
    problem(`has ${names.ca}, and says that nothing is verified; write ${names.full}`)
  const full = mode === 'verify-full' || strict === true
  if (said.ca === 'system' && !full)
    problem(`has ${names.ca}=system, which anybody's certificate passes; write ${names.full}`)
  const checks = full || mode === 'verify-ca' || (said.ca !== undefined && strict !== false)
  if (mode === 'verify-ca' && !full && said.ca === undefined)
    problem(`verifies whom a CA signed, and names none; add ${names.ca}=/path/to/ca.pem, or write ${names.full}`)
  if (said.cert !== undefined && said.key === undefined)
    problem(`has ${names.cert} without ${names.key}; add it, or write ${names.ca} if it is the certificate of the CA`)
  if (said.key !== undefined && said.cert === undefined) problem(`has ${names.key} without ${names.cert}; add it`)
  if (passphrase !== undefined && said.key === undefined) problem(`has sslpassword without ${names.key}; add it`)
  return {
    rejectUnauthorized: checks,
    verifyHost: full,
    ...filesOf(said, names, problems),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(minVersion === undefined ? {} : { minVersion }),
  }
}

function filesOf(said: Partial<TlsSaid>, names: TlsNames, problems: string[]): Partial<Tls> {
  const read = (name: string, path: string | undefined) => {
    if (path === undefined) return undefined
    try {
      return readFileSync(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const failure = networkFailureOf(String(code))
      // That this machine can open no file now is no fault of the URL.
      if (failure === meaning('exhausted'))
        throw new StoreError(failure.code, `${name} cannot be read (${code}): ${failure.says}`, { cause: error })
      problems.push(`has the option ${name}, whose file cannot be read (${code}); correct its path or its rights`)
      return undefined
    }
  }
  const ca = read(names.ca, said.ca === 'system' ? undefined : said.ca)
  const [cert, key] = [read(names.cert, said.cert), read(names.key, said.key)]
  if (ca !== undefined && !fits(() => new X509Certificate(ca)))
    problems.push(`has the option ${names.ca}, whose file is no certificate in PEM; name the one of the CA`)
  const { passphrase } = said
  if (cert !== undefined && key !== undefined && !fits(() => createSecureContext({ cert, key, passphrase })))
    problems.push(`has ${names.cert} and ${names.key}, which are no certificate and its key in PEM; correct them`)
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}

function fits(attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}
