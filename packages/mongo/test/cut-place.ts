import type { Db } from 'mongodb'
import { MongoClient } from 'mongodb'
import { Database } from '../src/database.js'
import { MongoMigrations } from '../src/migrate.js'
import { viewOf } from './cut-laws.js'
import type { Scenario, Stores } from './cut-scenarios.js'
import { PREFIX, storesOn } from './cut-stores.js'
import { databaseUrl, dropDatabase, newName } from './server.js'

/** A database of its own with the whole schema, in which each writer has a tenant of its own. */
export class CutPlace {
  readonly db: Db
  private tenants = 0

  private constructor(
    readonly name: string,
    private readonly client: MongoClient,
  ) {
    this.db = client.db()
  }

  static async open(): Promise<CutPlace> {
    const name = newName()
    const place = new CutPlace(name, new MongoClient(databaseUrl(name), { ignoreUndefined: true }))
    await new MongoMigrations(place.database(), ['traces', 'sessions', 'approvals', 'audit']).up()
    return place
  }

  async close(): Promise<void> {
    await this.client.close()
    await dropDatabase(this.name)
  }

  stores(tenant: string): Stores {
    return storesOn(this.database(), tenant)
  }

  /** A tenant for whom the scenario is prepared. The view and the shape lie beside the tenants: each defines it anew. */
  async prepared(scenario: Scenario): Promise<string> {
    this.tenants += 1
    const tenant = `t${this.tenants}`
    await this.db.collection(`${PREFIX}audit_shapes`).deleteMany({})
    await scenario.prepare?.(this.stores(tenant))
    return tenant
  }

  /** After a process died: the next need not wait for the end of its lease here. */
  async endLeases(): Promise<void> {
    await this.db.collection(`${PREFIX}leases`).updateMany({}, { $set: { holder: '', expiresAt: new Date(0) } })
  }

  /** All that a tenant can read, and how many views there are. */
  async view(tenant: string): Promise<unknown> {
    const views = await this.db.listCollections({ type: 'view' }).toArray()
    return { seen: await viewOf(this.stores(tenant)), views: views.length }
  }

  private database(): Database {
    return new Database(() => this.db, PREFIX)
  }
}
