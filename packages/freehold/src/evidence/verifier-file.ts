import { readFile } from 'node:fs/promises'
import { StoreError } from '@freehold/contract'

/** The modules of the verifier, each behind those that it imports. */
const MODULES = ['lines', 'signatures', 'read-checkpoints', 'check-export', 'check-bundle', 'verify-command']
const IMPORT = /^import \{([^}]*)\} from ['"]([^'"]+)['"];?\n/gm

const HEAD = `// Verifies this bundle, with nothing but Node.js: node verify.mjs --key their-key.pem
// Before you trust it: compare its SHA-256 with the one that was told when the bundle was made.
`
const TAIL = 'process.exitCode = await verifyCommand(process.argv.slice(2), (line) => console.log(line))\n'

/** The verifier of this package as one module that imports only what Node.js has: the code that runs here, put together. */
export async function verifierFile(): Promise<string> {
  const texts = await Promise.all(MODULES.map(moduleText))
  const imports = new Map<string, Set<string>>()
  for (const text of texts)
    for (const [, names, from] of text.matchAll(IMPORT)) {
      const own = imports.get(from!) ?? new Set()
      for (const name of names!.split(',').map((one) => one.trim())) if (name !== '') own.add(name)
      if (from!.startsWith('node:')) imports.set(from!, own)
    }
  const lines = [...imports].map(([from, names]) => `import { ${[...names].join(', ')} } from '${from}'\n`)
  const bodies = texts.map((text) =>
    text
      .replace(IMPORT, '')
      .replace(/^export /gm, '')
      .replace(/^\/\/# sourceMappingURL=.*$/gm, ''),
  )
  return [HEAD, ...lines, ...bodies, TAIL].join('')
}

async function moduleText(name: string): Promise<string> {
  try {
    return await readFile(new URL(`./${name}.js`, import.meta.url), 'utf8')
  } catch (cause) {
    const message = `the verifier is not there to be copied: ${name}.js of freehold; do not bundle freehold into another file`
    throw new StoreError('unsupported', message, { cause })
  }
}
