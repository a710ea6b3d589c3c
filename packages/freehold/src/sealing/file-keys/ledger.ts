import { join } from 'node:path'
import { contentOf, createFile } from './durable-files.js'
import { type Fact, Records } from './records.js'

/**
 * Facts in their order, a file for each, numbered without a gap. Who adds one gives it the number after those it has seen, and of
 * many who do so at once one has it: the others look again. So what each decided holds for all that came before, over any number of
 * processes, with nobody waiting for one that died.
 */
export class Ledger {
  readonly #directory: string
  readonly #records = new Records()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(directory: string) {
    this.#directory = directory
  }

  /** All that was recorded until it was called. */
  read(): Promise<Records> {
    // Each reads for itself: what it asks for may have been recorded after the one before it began.
    const reading = this.#turn.then(() => this.#catchUp())
    this.#turn = reading.catch(() => undefined)
    return reading
  }

  /** Adds what follows from the records so far, until it is there or nothing more follows. */
  async add(follows: (records: Records) => Fact | undefined | Promise<Fact | undefined>): Promise<void> {
    for (;;) {
      const records = await this.read()
      const after = records.count
      const fact = await follows(records)
      if (fact === undefined) return
      if (await createFile(this.#pathOf(after), JSON.stringify(fact))) return
    }
  }

  async #catchUp(): Promise<Records> {
    for (;;) {
      const content = await contentOf(this.#pathOf(this.#records.count))
      if (content === undefined) return this.#records
      this.#records.add(JSON.parse(content.toString('utf8')) as Fact)
    }
  }

  #pathOf(place: number): string {
    return join(this.#directory, `${String(place).padStart(12, '0')}.json`)
  }
}
