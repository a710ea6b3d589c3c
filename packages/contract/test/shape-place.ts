import { type ShapeUse, type ShapeUses, shareShape } from '../src/rules/share-shape.js'

/** A database with one view, whose calls take random times. */
export class Place {
  readonly rows = new Map<string, ShapeUse>()
  view: string | undefined
  private turn: Promise<unknown> = Promise.resolve()

  constructor(private readonly slowness: () => number) {}

  /** As a tenant that wants these columns sees it. `fails` tells which of its calls are cut off, before or after their effect. */
  uses(columns: string, fails: (call: string) => 'before' | 'after' | undefined = () => undefined): ShapeUses {
    const call = async <T>(name: string, effect: () => T): Promise<T> => {
      for (let left = this.slowness(); left > 0; left--) await new Promise(setImmediate)
      const failure = fails(name)
      if (failure === 'before') throw new Error(name)
      const result = effect()
      if (failure === 'after') throw new Error(name)
      return result
    }
    const marked = (tenant: string, mark: string) => this.rows.get(tenant)?.defining === mark
    const uses: ShapeUses = {
      of: (tenant) => call('of', () => this.rows.get(tenant)),
      all: () => call('all', () => [...this.rows.values()].map((row) => ({ ...row }))),
      put: (use) => call('put', () => this.rows.set(use.tenant, use)),
      settle: (tenant, mark) =>
        call('settle', () => {
          if (!marked(tenant, mark)) return false
          this.rows.set(tenant, { tenant, columns })
          return true
        }),
      restore: (tenant, mark, before) =>
        call('restore', () => {
          if (!marked(tenant, mark)) return
          if (before === undefined) this.rows.delete(tenant)
          else this.rows.set(tenant, before)
        }),
      dropOthers: (mark) =>
        call('dropOthers', () => {
          for (const { tenant, defining } of this.rows.values())
            if (defining !== undefined && defining !== mark) this.rows.delete(tenant)
        }),
      makeView: () =>
        call('makeView', () => {
          this.view = columns
        }),
      alone: (work) => {
        const mine = this.turn.then(() => work(uses))
        this.turn = mine.catch(() => undefined)
        return mine
      },
    }
    return uses
  }

  define(tenant: string, columns: string, fails?: Parameters<Place['uses']>[1]): Promise<void> {
    return shareShape(this.uses(columns, fails), 'shape', { tenant, columns })
  }

  /** The tenants whose record says that the view has other columns than it has. */
  get wrong(): string[] {
    const settled = [...this.rows.values()].filter(({ defining }) => defining === undefined)
    return settled.filter(({ columns }) => columns !== this.view).map(({ tenant }) => tenant)
  }
}
