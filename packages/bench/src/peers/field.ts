import { sampleOf } from '../measure.js'
import type { TaskArguments, TaskName } from './child/tasks.js'
import type { Installed } from './installed.js'
import type { SubjectName } from './names.js'
import type { Database, Ground } from './places.js'
import type { PeerLine, PeerSizes, PeerUnit } from './result.js'
import { SubjectProcess } from './subject-process.js'

/** Everything that a piece of work needs. */
export interface Bench {
  ground: Ground
  installed: Installed
  subjects: readonly SubjectName[]
  sizes: PeerSizes
  /** Tells a person who waits what is going on. */
  say(what: string): void
}

/** One subject with a database of its own and a process that has it open. */
interface Runner {
  subject: SubjectName
  database: Database
  process: SubjectProcess
}

interface Race<K extends TaskName> {
  what: string
  unit: 'spans/s' | 'ms'
  task: K
  /** By repetition; the same for all subjects. */
  args(repetition: number): TaskArguments[K]
  subjects?: readonly SubjectName[]
}

/** All subjects, open at once. One that cannot be opened is in no race, and every line tells why. */
export class Field {
  private readonly absent = new Map<SubjectName, string>()

  private constructor(
    private readonly bench: Bench,
    private readonly runners: Runner[],
  ) {}

  static async open(bench: Bench, title: string): Promise<Field> {
    const field = new Field(bench, [])
    for (const subject of bench.subjects) {
      const database = await bench.ground.database(`${title}_${subject}`)
      try {
        await prepareTables(bench, subject, database)
        field.runners.push({ subject, database, ...(await openProcess(bench, subject, database.url)) })
      } catch (error) {
        field.absent.set(subject, messageOf(error))
        await database.remove()
      }
    }
    return field
  }

  /** Lets the subjects take turns, another first each time. The first repetition of each warms up and does not count. */
  async race<K extends TaskName>({ what, unit, task, args, subjects }: Race<K>): Promise<PeerLine> {
    this.bench.say(what)
    const wanted = this.bench.subjects.filter((subject) => subjects === undefined || subjects.includes(subject))
    const line: PeerLine = { what, unit, figures: {}, failures: {} }
    for (const subject of wanted) if (this.absent.has(subject)) line.failures[subject] = this.absent.get(subject)!
    const times = new Map<SubjectName, number[]>()
    const answers = new Map<SubjectName, string | undefined>()
    const racing = () => this.runners.filter(({ subject }) => wanted.includes(subject) && !(subject in line.failures))
    for (let repetition = 0; repetition <= this.bench.sizes.repetitions; repetition++)
      for (const { subject, process } of rotated(racing(), repetition))
        try {
          const { milliseconds, items, answer } = await process.run(task, args(repetition))
          answers.set(subject, answer)
          times.set(subject, [...(times.get(subject) ?? []), milliseconds! / items!])
        } catch (error) {
          line.failures[subject] = messageOf(error)
        }
    for (const { subject } of racing())
      if (answers.get(subject) !== answers.get('freehold'))
        line.failures[subject] = 'it answers otherwise than Freehold'
      else {
        const { median } = sampleOf(times.get(subject)!.slice(1))
        line.figures[subject] = unit === 'ms' ? median : 1000 / median
      }
    return line
  }

  /** Has every subject do the same at once, without a clock. One that fails says so again when it is asked for more. */
  async prepare<K extends TaskName>(what: string, task: K, args: TaskArguments[K]): Promise<void> {
    this.bench.say(what)
    await Promise.all(this.runners.map(({ process }) => process.run(task, args).catch(() => undefined)))
    await Promise.all(this.runners.map(({ database }) => database.settle()))
  }

  async close(): Promise<void> {
    for (const { process, database } of this.runners) {
      await process.close()
      await database.remove()
    }
  }
}

/** Makes the tables of a subject, in a process that is gone before anything is measured. */
async function prepareTables(bench: Bench, subject: SubjectName, { url }: Database): Promise<void> {
  const { process } = await openProcess(bench, subject, url, { prepare: true })
  await process.close()
}

function openProcess(
  { installed, ground }: Bench,
  subject: SubjectName,
  url: string,
  { prepare } = { prepare: false },
) {
  const place = { subject, engine: ground.name, url, peers: installed.folder, prepare }
  return SubjectProcess.open(installed.node, place)
}

/** Opens a process of a subject for this work alone. `started` is how long it took. */
export async function withProcess<T>(
  bench: Bench,
  subject: SubjectName,
  url: string,
  work: (process: SubjectProcess, started: number) => Promise<T>,
): Promise<T> {
  const { process, started } = await openProcess(bench, subject, url)
  try {
    return await work(process, started)
  } finally {
    await process.close()
  }
}

/** Lines whose figures come from each subject alone, one after the other. What is undefined is not asked of it. */
export async function eachAlone(
  bench: Bench,
  lines: readonly { what: string; unit: PeerUnit }[],
  measure: (subject: SubjectName, database: Database) => Promise<readonly (number | Error | undefined)[]>,
): Promise<PeerLine[]> {
  const made: PeerLine[] = lines.map((line) => ({ ...line, figures: {}, failures: {} }))
  for (const subject of bench.subjects) {
    const database = await bench.ground.database(`alone_${subject}`)
    try {
      await prepareTables(bench, subject, database)
      for (const [i, figure] of (await measure(subject, database)).entries())
        if (figure instanceof Error) made[i]!.failures[subject] = messageOf(figure)
        else if (figure !== undefined) made[i]!.figures[subject] = figure
    } catch (error) {
      for (const line of made) line.failures[subject] = messageOf(error)
    } finally {
      await database.remove()
    }
  }
  return made
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const at = list.length === 0 ? 0 : by % list.length
  return [...list.slice(at), ...list.slice(0, at)]
}

/** The first line: what comes after it repeats it, or is of the server. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 300)
}
