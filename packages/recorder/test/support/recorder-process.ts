import { StoreError } from '@freehold/contract'
import type { Codec } from '../../src/options.js'
import { Recorder } from '../../src/recorder.js'

// Records while the database is away and the disk takes no more, waits for the database, and tells what came of it.
process.on('SIGXFSZ', () => {})
const texts: Codec<string> = {
  name: 'texts',
  encode: async (items) => items.map((item) => ({ bytes: Buffer.from(item), item })),
  decode: (bytes) => bytes.toString(),
}
const [directory, count] = process.argv.slice(2)
const kept = new Set<string>()
const reported: string[] = []
let isAway = true
const recorder = new Recorder<string>(
  async (items) => {
    if (isAway) throw new StoreError('unavailable', 'the database is away')
    for (const item of items) kept.add(item)
    return { rejected: [] }
  },
  {
    spool: { directory: directory! },
    durable: true,
    interval: 5,
    onError: ({ message, cause }) => void reported.push(`${message}: ${(cause as Error)?.message}`),
  },
  { codec: texts },
)
for (let n = 0; n < Number(count); n++) recorder.record(`${n} ${'x'.repeat(1_000)}`)
const full = await new Promise((resolve) => {
  const look = setInterval(() => {
    if (recorder.counts.spoolFailures < 2) return
    clearInterval(look)
    resolve(recorder.counts)
  }, 10)
})
isAway = false
await recorder.flush()
await recorder.close()
process.send!({ full, counts: recorder.counts, kept: kept.size, reported })
