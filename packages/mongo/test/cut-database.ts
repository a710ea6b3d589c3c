import type { Collection, Db } from 'mongodb'
import { Database } from '../src/database.js'

/** What a process feels that is killed between two commands: nothing after it happens. */
export class Cut extends Error {}

const WRITES = [
  'bulkWrite',
  'command',
  'createCollection',
  'createIndexes',
  'deleteMany',
  'deleteOne',
  'dropCollection',
  'findOneAndUpdate',
  'insertMany',
  'insertOne',
  'updateOne',
]
const CURSORS = ['aggregate', 'find']

/**
 * A database that counts the commands of a writer that change something, and cuts it off before or after one of them. To be cut
 * off at one that reads is to be cut off at the one that changes something before it.
 */
export class CutDatabase extends Database {
  commands = 0
  private over = false

  constructor(
    private readonly whole: Db,
    prefix: string,
    private readonly at: { command: number; side: 'before' | 'after' } | undefined,
  ) {
    super(() => whole, prefix)
  }

  override get db(): Db {
    return this.watched(this.whole)
  }

  private watched<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        if (name === 'collection') return (collection: string) => this.watched(this.whole.collection(collection))
        if (CURSORS.includes(String(name))) return (...args: unknown[]) => this.cursor(member.apply(target, args))
        if (name === 'findOne') return (...args: unknown[]) => this.read(() => member.apply(target, args))
        if (WRITES.includes(String(name))) return (...args: unknown[]) => this.pass(() => member.apply(target, args))
        return member.bind(target)
      },
    })
  }

  private cursor(target: ReturnType<Collection['find']>): object {
    return new Proxy(target, {
      get: (_, name, proxy) => {
        const member: unknown = Reflect.get(target, name)
        if (name === 'toArray') return () => this.read(() => target.toArray())
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          const result: unknown = member.apply(target, args)
          return result === target ? proxy : result
        }
      },
    })
  }

  private async read<T>(command: () => Promise<T>): Promise<T> {
    if (this.over) throw new Cut()
    const result = await command()
    if (this.over) throw new Cut()
    return result
  }

  private async pass<T>(command: () => Promise<T>): Promise<T> {
    if (this.over) throw new Cut()
    this.commands += 1
    const here = this.commands === this.at?.command
    this.over = here
    if (here && this.at?.side === 'before') throw new Cut()
    const result = await command()
    if (this.over) throw new Cut()
    return result
  }
}
