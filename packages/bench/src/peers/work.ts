import { sampleOf } from '../measure.js'
import { ASKED, type ListFilter } from './child/subject.js'
import type { TaskArguments, TaskName } from './child/tasks.js'
import { countingProxy } from './counting-proxy.js'
import { type Bench, eachAlone, Field, withProcess } from './field.js'
import type { SubjectName } from './names.js'
import { kilobytes } from './page.js'
import type { PeerLine } from './result.js'

/** Everything that is measured, by the name that `--only` takes. */
export const WORK = { ingest, updates, lists, traces, histories, starts, memory, statements } satisfies Record<
  string,
  (bench: Bench) => Promise<PeerLine[]>
>
export type WorkName = keyof typeof WORK

/** LangGraph keeps no traces. */
const OF_TRACES: readonly SubjectName[] = ['freehold', 'mastra', 'mastra-vnext']
/** The vNext store has the classic one's histories. */
const OF_HISTORIES: readonly SubjectName[] = ['freehold', 'mastra', 'langgraph']

function ingest(bench: Bench): Promise<PeerLine[]> {
  return onField(bench, OF_TRACES, async (field) => {
    const lines: PeerLine[] = []
    for (const [i, { bytes, batch, batches }] of bench.sizes.ingest.entries())
      for (const writers of [1, 4] as const) {
        const what = `ingest of spans of ${kilobytes(bytes)}, ${writers === 1 ? '1 writer' : `${writers} writers`}`
        const args = (n: number) => {
          return { seed: seedOf(i * 10 + writers, n), bytes, batch, batches: batches[writers], writers }
        }
        lines.push(await field.race({ what, unit: 'spans/s', task: 'ingest', args }))
      }
    return lines
  })
}

function updates(bench: Bench): Promise<PeerLine[]> {
  return onField(bench, OF_TRACES, async (field) => {
    const args = (n: number) => ({ seed: seedOf(100, n), bytes: 2400, ...bench.sizes.updates })
    return [await field.race({ what: 'ends of known spans of 2.4 KB', unit: 'spans/s', task: 'update', args })]
  })
}

const LISTS: Readonly<Record<ListFilter, string>> = {
  none: '',
  user: ', of one user',
  error: ', that failed',
  tool: ', that called a tool',
}

function lists(bench: Bench): Promise<PeerLine[]> {
  return onField(bench, OF_TRACES, async (field) => {
    const lines: PeerLine[] = []
    let loaded = 0
    for (const traces of bench.sizes.traces) {
      const many = traces.toLocaleString('en-US')
      await field.prepare(`loading ${many} traces`, 'load', { from: loaded, to: traces })
      loaded = traces
      for (const filter of Object.keys(LISTS) as ListFilter[]) {
        const what = `the ${ASKED.page} newest of ${many} traces${LISTS[filter]}`
        const args = () => ({ filter, calls: bench.sizes.lists })
        lines.push(await field.race({ what, unit: 'ms', task: 'list', args }))
      }
    }
    return lines
  })
}

function traces(bench: Bench): Promise<PeerLine[]> {
  return onField(bench, OF_TRACES, async (field) => {
    for (const [i, { spans, traces }] of bench.sizes.trace.entries())
      await field.prepare(`loading traces of ${spans} spans`, 'loadTrace', { seed: seedOf(200 + i, 0), traces, spans })
    const lines: PeerLine[] = []
    for (const { spans } of bench.sizes.trace) {
      const what = `one trace of ${spans.toLocaleString('en-US')} spans`
      lines.push(
        await field.race({ what, unit: 'ms', task: 'trace', args: () => ({ spans, calls: bench.sizes.gets }) }),
      )
    }
    return lines
  })
}

function histories(bench: Bench): Promise<PeerLine[]> {
  return onField(bench, OF_HISTORIES, async (field) => {
    const lines: PeerLine[] = []
    for (const runs of bench.sizes.runs) {
      const what = `append a run to a conversation of ${runs.toLocaleString('en-US')}`
      const args = () => ({ of: 'conversation' as const, runs, calls: bench.sizes.appends })
      lines.push(await field.race({ what, unit: 'ms', task: 'append', args }))
    }
    for (const runs of bench.sizes.runs) {
      const what = `append a run after ${runs.toLocaleString('en-US')}, with no memory of them`
      const args = () => ({ of: 'state' as const, runs, calls: bench.sizes.appends })
      const subjects: SubjectName[] = ['freehold', 'langgraph']
      lines.push(await field.race({ what, unit: 'ms', task: 'append', args, subjects }))
    }
    return lines
  })
}

function starts(bench: Bench): Promise<PeerLine[]> {
  bench.say('cold starts')
  return eachAlone(bench, [{ what: 'cold start', unit: 'ms' }], async (subject, { url }) => {
    const times: number[] = []
    for (let n = 0; n < bench.sizes.starts; n++) {
      times.push(await withProcess(bench, subject, url, async (_, started) => started))
    }
    return [sampleOf(times).median]
  })
}

function memory(bench: Bench): Promise<PeerLine[]> {
  bench.say('memory and disk')
  const lines = [
    { what: 'memory while 4 writers write spans of 2.4 KB', unit: 'MB' },
    { what: 'on the disk, a span of 2.4 KB', unit: 'bytes' },
  ] as const
  return eachAlone(only(bench, OF_TRACES), lines, async (subject, database) => {
    const before = await database.bytes()
    const writers = 4
    const rss = await withProcess(bench, subject, database.url, async (process) => {
      let most = 0
      for (let n = 0; n < bench.sizes.loadBatches; n++) {
        const args = { seed: seedOf(300, n), bytes: 2400, batch: 1000, batches: 1, writers }
        most = (await process.run('ingest', args)).rss
      }
      return most
    })
    const after = await database.bytes()
    const spans = bench.sizes.loadBatches * writers * 1000
    return [rss / 1e6, after === undefined || before === undefined ? undefined : (after - before) / spans]
  })
}

/** Anything that a subject can be told, and with what in each repetition. */
type Operation = {
  [K in TaskName]: { what: string; task: K; args(repetition: number): TaskArguments[K] }
}[TaskName]

/** Each operation once, after it was done once: what is prepared or found out once is not counted. */
async function statements(bench: Bench): Promise<PeerLine[]> {
  const { server } = bench.ground
  if (server === undefined) return []
  bench.say('statements')
  const batch = { bytes: 2400, batch: 1000, batches: 1 }
  const operations: Operation[] = [
    { what: '1,000 new spans', task: 'ingest', args: (n: number) => ({ ...batch, seed: seedOf(400, n), writers: 1 }) },
    { what: '1,000 ends of known spans', task: 'update', args: (n: number) => ({ ...batch, seed: seedOf(500, n) }) },
    { what: 'the 50 newest traces', task: 'list', args: () => ({ filter: 'none', calls: 1 }) },
    { what: 'one trace of 1,000 spans', task: 'trace', args: () => ({ spans: 1000, calls: 1 }) },
    { what: 'one run', task: 'append', args: () => ({ of: 'conversation', runs: 1, calls: 1 }) },
  ]
  const lines = operations.map(({ what }) => ({ what: `statements: ${what}`, unit: 'statements' as const }))
  return eachAlone(bench, lines, async (subject, { url }) => {
    const isAsked = (task: string) => (task === 'append' ? OF_HISTORIES : OF_TRACES).includes(subject)
    const proxy = await countingProxy(server.engine, url)
    const counts = await withProcess(bench, subject, proxy.url, async (process) => {
      if (isAsked('trace')) await process.run('loadTrace', { seed: seedOf(600, 0), traces: 1, spans: 1000 })
      const counted = async ({ task, args }: Operation) => {
        if (!isAsked(task)) return undefined
        await process.run(task, args(0))
        await process.prepare(task, args(1))
        const before = proxy.statements
        await process.go()
        return proxy.statements - before
      }
      const all: (number | Error | undefined)[] = []
      for (const operation of operations) all.push(await counted(operation).catch((error: Error) => error))
      return all
    })
    await proxy.close()
    return counts
  })
}

async function onField(
  bench: Bench,
  subjects: readonly SubjectName[],
  work: (field: Field) => Promise<PeerLine[]>,
): Promise<PeerLine[]> {
  const field = await Field.open(only(bench, subjects), 'field')
  try {
    return await work(field)
  } finally {
    await field.close()
  }
}

function only(bench: Bench, subjects: readonly SubjectName[]): Bench {
  return { ...bench, subjects: bench.subjects.filter((subject) => subjects.includes(subject)) }
}

/** Seeds that no other work and no other repetition uses: every trace is new. */
function seedOf(work: number, repetition: number): number {
  return work * 100_000 + repetition * 100 + 1
}
