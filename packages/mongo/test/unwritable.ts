import type { Db } from 'mongodb'
import { Database } from '../src/database.js'
import { PREFIX } from './cut-stores.js'

export const FORBIDDEN = failureOf(13)
export const FULL = failureOf(14031)

function failureOf(code: number): Error {
  return Object.assign(new Error('said by a server'), { name: 'MongoServerError', code })
}

/** A database that takes no writes, of a user who may only read or on a full disk, to collections of these names. */
export class Unwritable extends Database {
  constructor(
    own: Db,
    private readonly failure: Error,
    private readonly names = /./,
  ) {
    super(() => own, PREFIX)
  }

  override collection(name: string): ReturnType<Database['collection']> {
    return new Proxy(super.collection(name), {
      get: (target, command) =>
        this.names.test(name) && /^(bulkWrite|delete|insert|update|findOneAnd)/.test(String(command))
          ? () => Promise.reject(this.failure)
          : Reflect.get(target, command),
    })
  }
}
