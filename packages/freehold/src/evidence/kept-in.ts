import { Fields } from '@freehold/contract'
import type { KeptCheckpoint, Vouched } from './format.js'

/** The checkpoints of options, each as it was kept. */
export function keptIn(options: Fields): KeptCheckpoint[] {
  return itemsIn(options).map((one, i) => {
    const fields = new Fields(
      'kept checkpoint',
      one,
      ['checkpoint', 'tenant', 'keyId', 'signature'],
      'strict',
      pathOf(i),
    )
    fields.required('tenant', fields.id('tenant'), 'pass what was kept')
    readHead(options, fields.raw('checkpoint'), `${pathOf(i)}.checkpoint`)
    options.take(fields)
    return one as KeptCheckpoint
  })
}

/** The same, where heads of one tenant will do. */
export function vouchedIn(options: Fields): Vouched[] {
  return itemsIn(options).map((one, i) => {
    const kept = typeof one === 'object' && one !== null && 'checkpoint' in one
    readHead(options, kept ? one.checkpoint : one, kept ? `${pathOf(i)}.checkpoint` : pathOf(i))
    return one as Vouched
  })
}

function itemsIn(options: Fields): unknown[] {
  const given = options.raw('checkpoints') ?? []
  if (Array.isArray(given)) return given
  options.wrong('checkpoints', given, 'give an array of checkpoints')
  return []
}

function pathOf(index: number): string {
  return `checkpoints[${index}]`
}

function readHead(options: Fields, head: unknown, path: string): void {
  const fields = new Fields('checkpoint', head, ['stream', 'seq', 'hash', 'at'], 'strict', path)
  fields.required('stream', fields.id('stream'), 'pass what was kept')
  fields.required('seq', fields.integer('seq'), 'pass what was kept')
  fields.required('hash', fields.hash('hash'), 'pass what was kept')
  fields.time('at')
  options.take(fields)
}
