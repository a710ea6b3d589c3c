import type { Engine } from '../engines/engine.js'
import type { Measured, Sizes } from '../result.js'
import { deciding } from './approvals.js'
import { auditing } from './audit.js'
import { blocking } from './blocking.js'
import { growing } from './growing.js'
import { holding } from './holding.js'
import { ingest } from './ingest.js'
import { live } from './live.js'
import { longTraces } from './long-traces.js'
import { listing, reading } from './reading.js'
import { recording } from './recording.js'
import { retelling } from './retelling.js'
import { type Scenario, withPair } from './scenario.js'
import { appending, bytes } from './sessions.js'
import { single } from './single.js'
import { spanSizes } from './sizes.js'

/** By the name that `--only` takes. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ingest,
  single,
  sizes: spanSizes,
  retelling,
  growing,
  listing,
  reading,
  long: longTraces,
  appending,
  deciding,
  auditing,
  bytes,
  holding,
  blocking,
  recording,
  live,
}

/** Runs these scenarios, or all, each in databases of its own. */
export async function measureAll(
  engine: Engine,
  sizes: Sizes,
  say: (what: string) => void,
  only: readonly string[] = [],
): Promise<{ technique: string; measured: Measured[] }> {
  const measured: Measured[] = []
  let technique = ''
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (only.length > 0 && !only.includes(name)) continue
    await withPair(engine, name, async (pair) => {
      technique = pair.b.raw.technique
      measured.push(...(await scenario({ engine: engine.name, sizes, say }, pair)))
    })
  }
  return { technique, measured }
}
