import {
  checkId,
  compact,
  type Json,
  type JsonObject,
  type Run,
  StoreError,
  type TenantStorage,
} from '@freehold/contract'
import { messagesGiven } from './chat/call-messages.js'
import { type ChatMessage, type ChatTool, NotChat } from './chat/chat.js'
import { onceEach, toolsOf } from './chat/tools.js'
import { textAmong } from './chat/values.js'
import { type ModelCall, modelCallsOf } from './model-calls.js'
import { type ModelSettings, settingsOf } from './settings.js'

/** What it takes to do a run again, as far as it is stored. What is absent is not known. */
export interface ReplayInput {
  runId: string
  sessionId: string
  traceId?: string
  provider?: string
  /** The one that was asked for, where it is told; else the one that answered. */
  model?: string
  /** What the run was given, as the application had it. */
  input?: Json
  /** What the model was given first, with instructions and the conversation so far: in the words of the framework, as its span has it. */
  prompt?: Json
  /** The same as messages of a chat; absent also where something in it has no such form, or was cut when it was stored. */
  messages?: ChatMessage[]
  /** What the models of the run were offered, each tool once. Absent where no definition is stored, or none was offered. */
  tools?: ChatTool[]
  /** Of the first call; absent where no call is stored. */
  settings?: ModelSettings
  /**
   * The state of the session before the run. A store keeps the last one alone: it is known where the session was created before the run
   * started, and not saved since.
   */
  state: { known: true; value?: JsonObject } | { known: false }
}

/** Where conventions write the model that is asked for. */
const ASKED_MODEL = ['gen_ai.request.model', 'ai.model.id', 'llm.request.model']

/**
 * What it takes to do a run again: from the session, the run, and the calls of a model in its trace.
 *
 * @throws StoreError `invalid` for what is no id, `not_found` for a run that is not there
 */
export async function replayInput(storage: TenantStorage, runId: string): Promise<ReplayInput> {
  const { sessions, traces } = storage
  const run = await sessions.run(checkId('run to do again', runId))
  if (run === null) throw new StoreError('not_found', 'there is no such run; give the id of one')
  const trace = run.traceId === undefined ? null : await traces.get(run.traceId)
  const calls = modelCallsOf(run, trace?.spans ?? [])
  const [first] = calls
  const tools = onceEach(calls.flatMap(toolsOf))
  return compact<ReplayInput>({
    runId: run.id,
    sessionId: run.sessionId,
    traceId: run.traceId,
    provider: run.provider ?? first?.detail?.provider,
    model: run.model ?? (first && modelOf(first)),
    input: run.input,
    prompt: first?.input,
    messages: first && givenIn(first),
    tools: tools.length === 0 ? undefined : tools,
    settings: first && settingsOf(first),
    state: await stateBefore(storage, run),
  })
}

function modelOf({ attributes = {}, detail }: ModelCall): string | undefined {
  return textAmong(...ASKED_MODEL.map((name) => attributes[name]), detail?.model)
}

function givenIn(call: ModelCall): ChatMessage[] | undefined {
  const messages = messagesGiven(call)
  return messages instanceof NotChat ? undefined : messages
}

/** A run that is appended moves `updatedAt`, and no `version`. */
async function stateBefore({ sessions }: TenantStorage, { sessionId, startedAt }: Run): Promise<ReplayInput['state']> {
  const session = await sessions.get(sessionId)
  if (session === null) return { known: false }
  const { version, createdAt, updatedAt, state } = session
  const isOfBefore = (version === 1 && createdAt <= startedAt) || updatedAt <= startedAt
  return isOfBefore ? compact({ known: true as const, value: state }) : { known: false }
}
