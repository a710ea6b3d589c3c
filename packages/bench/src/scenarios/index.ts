import type { Engine } from '../engines/engine.js'
import type { Measured, Sizes } from '../result.js'
import { deciding } from './approvals.js'
import { auditing } from './audit.js'
import { holding } from './holding.js'
import { ingest } from './ingest.js'
import { listing, reading } from './reading.js'
import { type Scenario, withPair } from './scenario.js'
import { appending, bytes } from './sessions.js'

/** By the name that `--only` takes. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ingest,
  listing,
  reading,
  appending,
  deciding,
  auditing,
  bytes,
  holding,
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
      measured.push(...(await scenario({ sizes, say }, pair)))
    })
  }
  return { technique, measured }
}
