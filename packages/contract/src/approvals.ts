import type {
  Approval,
  ApprovalEvent,
  ApprovalInput,
  ApprovalStatus,
  ApprovalSummary,
  ApprovalType,
  Completion,
  Decision,
  DecisionResult,
  PausedCall,
  PauseType,
} from './approval.js'
import type { Json } from './json.js'
import type { Page, PageRequest } from './page.js'
import type { Timestamp } from './time.js'

export interface ApprovalQuery extends PausedCall {
  type?: ApprovalType
  pauseType?: PauseType
  status?: ApprovalStatus
  requestedBy?: string
  /** Requested at or after. */
  from?: Timestamp
  /** Requested before. */
  to?: Timestamp
}

/** How much waits for people: pending approvals of type `required`. */
export interface ApprovalQueue {
  depth: number
  /** When the oldest was requested; absent when nothing waits. */
  oldest?: Timestamp
  /** Most waiting first, then by the bytes of the name; approvals without a tool are under `''`. */
  byTool: { tool: string; depth: number; oldest: Timestamp }[]
}

export interface ApprovalWriter {
  /**
   * Asks for a decision and resolves to the approval.
   *
   * - requesting an approval stores it as pending with the hash of its arguments
   * - requesting the same tool call of a run twice is one approval
   * - requesting the same tool call with other arguments, tool or policy is a conflict
   * - a tool call id belongs to its run and two runs may use the same
   * - a tool call id that comes again in another step of its run is another call
   * - arguments and tools that cannot be kept as they are given are refused by their path
   * - simultaneous requests of one tool call make one approval
   * - an approval id that is taken by another request is refused as already_exists
   * - a policy that nobody can meet is refused as invalid
   * - a bound field that the arguments do not have is refused as invalid
   * - up to a hundred bound fields with names of up to 255 characters are kept and more or longer are refused as invalid
   * - requesting the same tool call with fields worded anew that do not bind gives the first back
   */
  request(approval: ApprovalInput): Promise<Approval>
  /**
   * Votes, and resolves the approval when the vote completes the quorum or rejects. An approval that is no longer
   * pending is given back as it stands with `won: false`.
   *
   * - of simultaneous decisions exactly one wins and the others get the winning resolution back
   * - of simultaneous decisions by several processes exactly one wins
   * - a decision after another gets the winning resolution back and does not win
   * - deciding an approval that does not exist is not_found
   * - expiry is judged by the database's clock even when nobody sweeps
   * - an expired approval that rejects on expiry is rejected and never approved
   * - a quorum counts distinct voters and one person votes once
   * - simultaneous votes complete a quorum exactly once
   * - one rejection rejects whatever the quorum
   * - what a person supplies with a vote that others must join is kept with the vote
   * - long reasons of early voters leave room for those who vote later
   * - a voter who is not an eligible approver is refused and nothing changes
   * - the requester cannot decide where the policy excludes them
   * - those to whom it escalates may vote when it is time by the database's clock and not before
   * - a decision without a decider is refused as invalid
   */
  decide(id: string, decision: Decision): Promise<DecisionResult>
  /**
   * Spends an approval just before the tool runs. Resolves only for the one caller that may run it; everything else is
   * an error, so a gate that awaits it fails closed.
   *
   * - an approved approval is consumed once and the second time is a conflict
   * - consuming with other arguments than were shown is a conflict and leaves it unspent
   * - consuming with the same arguments in another key order works
   * - an approval that binds some fields is spent with others worded anew and never with another value of a bound one
   * - consuming what is not approved is a conflict
   * - an approval of type audit is spent without a decision and never after a rejection
   * - an approval granted in time stays approved and can be spent after its end
   * - consuming an approval that does not exist is not_found
   * - of simultaneous consumers exactly one succeeds
   */
  consume(id: string, args?: Json): Promise<Approval>
  /**
   * Tells what became of the call for which an approval was spent.
   *
   * - completing a consumed approval tells its outcome and a second time gives it back
   * - completing with another outcome than was told, or what was never consumed, is a conflict
   * - completing an approval that does not exist is not_found
   */
  complete(id: string, completion: Completion): Promise<Approval>
  /**
   * Withdraws a pending approval.
   *
   * - cancelling a pending approval makes it cancelled and a second time gives it back
   * - cancelling what is already resolved is a conflict
   * - cancelling an approval that does not exist is not_found
   */
  cancel(id: string, by: string, reason?: string): Promise<Approval>
  /**
   * Marks what has expired, up to 1,000 at a time, and resolves to how many. Needed for events, not for safety.
   *
   * - a sweep marks what has expired and nothing else
   */
  expire(): Promise<number>
  /**
   * Notes in their histories which pending approvals became due (`dueAt`), or went to the next approvers, up to 1,000 at a
   * time, each one step; resolves to how many. Needed for events, not for safety. Of one that is past its end nothing is noted any
   * more: nobody can decide it, so that who is told of it would come in vain.
   *
   * - an approval that becomes due or escalates leaves one event of each in order and stays open
   * - an approval that is past its end before any sweep leaves an event of its end alone
   */
  remind(): Promise<number>
  /**
   * Removes an approval that is no longer pending, with its history. `false` when there is none. Its call may be asked for anew
   * then, and needs a decision of its own. One that was spent may be that of a tool that still runs: what becomes of it can be
   * told no more, so leave those that were spent just now.
   *
   * - removing an approval removes its history and its call may be asked for anew
   * - removing a pending approval is a conflict and changes nothing
   * - removing an approval is a conflict until every consumer was told of it
   * - removing an approval that does not exist is false
   */
  remove(id: string): Promise<boolean>
}

export interface ApprovalReader {
  /**
   * - an approval that does not exist is null
   * - an approval that has expired reads as expired before any sweep
   */
  get(id: string): Promise<Approval | null>
  /**
   * Up to 1,000 approvals at once: what a list shows of each, in the order asked.
   *
   * - many approvals are told of at once in the order asked and those that are not there are left out
   */
  getMany(ids: readonly string[]): Promise<ApprovalSummary[]>
  /**
   * Calls `heard` with the id of an approval of this tenant when it is no longer pending, soon after that. It is a hint: what
   * was decided while a connection was lost, or by another process where the database does not notify (`capabilities.notifies`),
   * or by time alone, is not heard of, so who waits looks as well. What it throws is a process warning. Resolves to what stops it.
   *
   * - who watches hears of what is decided in its own storage until it stops
   */
  watch(heard: (id: string) => void): Promise<() => Promise<void>>
  /**
   * Newest request first, then by id downwards.
   *
   * - approvals are listed newest first without arguments and context
   * - every filter of approvals narrows the list and filters combine
   * - an expired approval is in no list of pending ones
   */
  list(query?: ApprovalQuery, page?: PageRequest): Promise<Page<ApprovalSummary>>
  /**
   * - the count of approvals is the length of their list
   */
  count(query?: ApprovalQuery): Promise<number>
  /**
   * - the queue shows depth and oldest in all and by tool
   */
  queue(): Promise<ApprovalQueue>
  /**
   * The history of one approval, oldest first; empty when there is no such approval.
   *
   * - every step of an approval leaves one event in order
   * - every ending of an approval leaves one event that tells its resolution
   */
  events(id: string, page?: PageRequest): Promise<Page<ApprovalEvent>>
}

/** What a person must decide before an agent acts. */
export interface ApprovalStore extends ApprovalWriter, ApprovalReader {}
