import { type Approval, type Completion, StoreError, type TenantStorage } from '@freehold/contract'
import { tell } from '@freehold/recorder'
import { reasonOf } from '../reason-of.js'
import {
  type AcceptedGate,
  type Asked,
  acceptGate,
  type GatedCall,
  type GateOptions,
  requestOf,
  requireOwn,
} from './gate-options.js'
import { closedBy, type Gated } from './gated.js'
import { waitFor } from './wait-for.js'

/** What a tool does with the arguments that were approved. */
export type GatedTool<Args, T> = (args: Args, approval?: Approval) => T | Promise<T>

/** How often writing what became of a call is tried, and how long between, in milliseconds: it did run, whatever the database says. */
const [TRIES, PAUSE] = [4, 250]

/**
 * Stands before a tool, so that it runs only for what a person approved:
 *
 * - the approval is asked for with exactly these arguments, and spent right before the tool runs, so that of any number of processes
 *   that come back to one call, one runs it
 * - an error of the database is thrown, and the tool does not run
 * - what became of the call is told to its approval, `executed` or `failed`; where the process dies meanwhile it stays `consumed`, and
 *   nothing runs it again by itself
 */
export class ToolGate<Args> {
  private readonly options: AcceptedGate<Args>

  constructor(
    private readonly storage: TenantStorage,
    options: GateOptions<Args>,
  ) {
    this.options = acceptGate(options)
  }

  /**
   * Asks for the approval of a call, or gives back what was asked for it before; `undefined` when the call needs none. For sockets
   * that ask first and run later.
   * @throws StoreError what `approvals.request` throws
   */
  async request(args: Args, call: GatedCall = {}): Promise<Approval | undefined> {
    return this.asked(requestOf(this.options, args, call), call)
  }

  /**
   * The answer for the option `needsApproval` of a framework: asks for the approval of a call, and tells whether the call stops for it.
   * True also once it is decided, since frameworks ask again before they go on; false where none is needed, or it is only recorded.
   * @throws StoreError what `approvals.request` throws
   */
  async needsApproval(args: Args, call: GatedCall = {}): Promise<boolean> {
    return this.options.type !== 'audit' && (await this.request(args, call)) !== undefined
  }

  /** The same tool behind this gate. Every call of it asks, waits if it is to, and runs once it may. */
  wrap<T>(tool: GatedTool<Args, T>): (args: Args, call?: GatedCall) => Promise<Gated<T>> {
    return async (args, call = {}) => {
      const asked = requestOf(this.options, args, call)
      const approval = await this.asked(asked, call)
      if (approval === undefined) return { status: 'ran', result: await tool(asked.input.args as Args) }
      return this.pass(await this.decided(approval), asked, tool)
    }
  }

  /**
   * Comes back to a call that paused.
   * @throws StoreError `not_found` when there is no such approval, `conflict` when it is of another tool, was asked for under other terms
   * than this gate's, or the arguments are not those that were approved
   */
  async resume<T>(approvalId: string, args: Args, tool: GatedTool<Args, T>): Promise<Gated<T>> {
    const approval = await this.found(approvalId)
    const { requestedBy } = approval
    const asked = requestOf(this.options, args, requestedBy === undefined ? {} : { requestedBy })
    return this.pass(approval, asked, tool)
  }

  private async asked({ input }: Asked, call: GatedCall): Promise<Approval | undefined> {
    const { when } = this.options
    const needs = when === undefined ? true : await when(structuredClone(input.args) as Args, call)
    if (needs === false) return undefined
    if (needs === true) return this.storage.approvals.request(input)
    // What is forgotten to be returned must not open the gate.
    throw StoreError.invalid('gate', [{ field: 'when', message: 'told neither true nor false; return one of them' }])
  }

  private async pass<T>(approval: Approval, asked: Asked, tool: GatedTool<Args, T>): Promise<Gated<T>> {
    requireOwn(approval, asked)
    const closed = closedBy(approval)
    if (closed !== undefined) return closed
    const { args } = asked.input
    let spent: Approval
    try {
      spent = await this.storage.approvals.consume(approval.id, args)
    } catch (error) {
      if (!StoreError.is(error, 'conflict')) throw error
      // Somebody else was faster, unless it is the arguments.
      const now = closedBy(await this.found(approval.id))
      if (now === undefined) throw error
      return now
    }
    return this.run(spent, args as Args, tool)
  }

  private async run<T>(approval: Approval, args: Args, tool: GatedTool<Args, T>): Promise<Gated<T>> {
    let result: T
    try {
      result = await tool(args, approval)
    } catch (error) {
      await this.complete(approval, { outcome: 'failed', reason: reasonOf(error) })
      throw error
    }
    return { status: 'ran', result, approval: await this.complete(approval, { outcome: 'executed' }) }
  }

  /** What ran has run: that it could not be written is told, and changes nothing of its result. */
  private async complete(approval: Approval, completion: Completion): Promise<Approval> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.storage.approvals.complete(approval.id, completion)
      } catch (error) {
        const again = StoreError.is(error) && error.retryable && tried < TRIES
        if (again) await new Promise((resolve) => setTimeout(resolve, PAUSE * tried))
        else {
          tell(this.options.onError, error)
          return approval
        }
      }
    }
  }

  private async decided(approval: Approval): Promise<Approval> {
    const { wait } = this.options
    if (wait === undefined || closedBy(approval)?.status !== 'paused') return approval
    try {
      return await waitFor(this.storage, approval.id, wait)
    } catch (error) {
      if (!StoreError.is(error, 'timeout')) throw error
      return this.found(approval.id)
    }
  }

  private async found(id: string): Promise<Approval> {
    const approval = await this.storage.approvals.get(id)
    if (approval === null) throw new StoreError('not_found', 'there is no such approval; request it first')
    return approval
  }
}

/**
 * A gate before a tool: `gate(storage, { tool: 'refund', policy: { quorum: 2 } }).wrap(refund)`.
 * @throws StoreError `invalid` for wrong options
 */
export function gate<Args>(storage: TenantStorage, options: GateOptions<Args>): ToolGate<Args> {
  return new ToolGate(storage, options)
}
