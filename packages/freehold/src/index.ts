export type {
  Approval,
  ApprovalEvent,
  ApprovalEventType,
  ApprovalInput,
  ApprovalPolicy,
  ApprovalQuery,
  ApprovalQueue,
  ApprovalReader,
  ApprovalRelay,
  ApprovalStatus,
  ApprovalStore,
  ApprovalSummary,
  ApprovalType,
  ApprovalWriter,
  AuditEntry,
  AuditHead,
  AuditInput,
  AuditQuery,
  AuditReader,
  AuditRecord,
  AuditReferences,
  AuditStore,
  AuditWriter,
  Capabilities,
  Checkpoint,
  Completion,
  ConsumerState,
  DeadLetter,
  Decision,
  DecisionResult,
  DelegationDetail,
  Delivery,
  Domain,
  ErrorCode,
  Escalation,
  HookDetail,
  Json,
  JsonObject,
  Labels,
  LlmDetail,
  MigrationState,
  MigrationStatus,
  Migrations,
  Owners,
  Page,
  PageRequest,
  PausedCall,
  PauseType,
  Problem,
  Purged,
  PurgedDomain,
  PurgedTenant,
  PurgeOrder,
  PurgeRule,
  RelayStart,
  Repair,
  Resolution,
  Retention,
  RetrievalDetail,
  RetrievedDocument,
  Run,
  RunDetail,
  RunInput,
  RunPatch,
  RunQuery,
  RunStatus,
  RunSummary,
  RunUsage,
  SaveOptions,
  Session,
  SessionInput,
  SessionOwners,
  SessionQuery,
  SessionReader,
  SessionStore,
  SessionSummary,
  SessionType,
  SessionWriter,
  Settlement,
  Shape,
  ShapeColumn,
  Span,
  SpanDetails,
  SpanError,
  SpanEvent,
  SpanInput,
  SpanKind,
  SpanLink,
  SpanNode,
  SpanQuery,
  SpanStatus,
  SpanSummary,
  Storage,
  Tampering,
  TenantStorage,
  Timestamp,
  Tokens,
  ToolDetail,
  ToolStats,
  Trace,
  TraceQuery,
  TraceReader,
  TraceStore,
  TraceSummary,
  TraceWriter,
  UpdateOptions,
  Verification,
  VerificationProgress,
  VerifyOptions,
  Vote,
  WriteResult,
} from '@freehold/contract'
export { ABANDONED, DEFAULT_TENANT, DOMAINS, newId, StoreError, treeOf } from '@freehold/contract'
export { type Sealed, type SealOptions, sealAbandoned } from './abandoned.js'
export { type CancelQuery, cancelPending } from './approvals/cancel-pending.js'
export { type GatedTool, gate, type ToolGate } from './approvals/gate.js'
export type { GatedCall, GateOptions } from './approvals/gate-options.js'
export type { Gated, Paused, Ran, Refused, Spent } from './approvals/gated.js'
export { tellModel } from './approvals/tell-model.js'
export { type WaitOptions, waitFor } from './approvals/wait-for.js'
export { auditRights } from './audit-rights.js'
export type { DatabaseConfig, OpenOptions, StorageConfig } from './config.js'
export { eraseUser } from './erasure/erase-user.js'
export type { EraseUserOptions } from './erasure/erase-user-options.js'
export type { ErasedTable, KeptRows, TableErasure, UserErasure } from './erasure/user-erasure.js'
export { type Anchor, auditAnchor, fileAnchor, webhookAnchor } from './evidence/anchors.js'
export { type Bundle, type BundleOptions, bundleEvidence } from './evidence/bundle-evidence.js'
export { ChainBroken } from './evidence/chain-broken.js'
export { type ExportOptions, exportAudit } from './evidence/export-audit.js'
export type { Audited, Exported } from './evidence/export-lines.js'
export type {
  BundleVerification,
  FileFinding,
  FileProgress,
  FileVerification,
  FileWhole,
  KeptCheckpoint,
  Segment,
  Selection,
  Vouched,
} from './evidence/format.js'
export {
  type CheckpointCounts,
  type CheckpointKeeper,
  type KeepOptions,
  keepCheckpoints,
} from './evidence/keep-checkpoints.js'
export type { ReadCheckpoints } from './evidence/read-checkpoints.js'
export type { PublicKeys, SigningKey } from './evidence/signing.js'
export {
  type ReadOptions,
  readCheckpoints,
  type VerifyBundleOptions,
  type VerifyFileOptions,
  verifyBundle,
  verifyFile,
} from './evidence/verify-files.js'
export type {
  ChatAssistant,
  ChatCall,
  ChatImage,
  ChatMessage,
  ChatPart,
  ChatResult,
  ChatSystem,
  ChatText,
  ChatTool,
  ChatUser,
  SkipReason,
} from './history/chat/chat.js'
export type { ChatLine } from './history/chat/chat-line.js'
export type { Conversation } from './history/chat/conversation.js'
export { type ComparedRun, type ComparedStep, compareRuns, type RunComparison } from './history/compare-runs.js'
export {
  type ExportChatsOptions,
  type ExportedRun,
  type ExportRunsOptions,
  exportRuns,
  type SkippedRun,
} from './history/export-runs.js'
export { type ExportedParquet, type ExportParquetOptions, exportRunsParquet } from './history/export-runs-parquet.js'
export type { RunRowOptions } from './history/read-rows.js'
export { type ReplayInput, replayInput } from './history/replay-input.js'
export type { Provenance, RunRow } from './history/run-row.js'
export type { ModelSettings } from './history/settings.js'
export type { RunStep } from './history/steps.js'
export type { AgentAbout, AgentEvent, RunEvent, ToolEvent } from './hooks/agent-event.js'
export { type AiSdkEnd, type AiSdkSocket, aiSdkRun } from './hooks/ai-sdk.js'
export { type AuditHookOptions, auditHook } from './hooks/audit-hook.js'
export type { Hook, HookCounts, RejectedRecord } from './hooks/hook.js'
export type { OpenAiEmitter, OpenAiGuardrail } from './hooks/openai-agents.js'
export type { HookOptions } from './hooks/options.js'
export { type SessionHookOptions, sessionHook } from './hooks/session-hook.js'
export type { SessionRecord } from './hooks/session-record.js'
export type { About, AgentHook } from './hooks/sockets.js'
export type { LabelRules } from './labels/label-rules.js'
export { type OpenMigrations, openMigrations, openStorage } from './open.js'
export {
  type AuditApprovalsOptions,
  type AuditedApprovals,
  auditApprovals,
} from './relay/audit-approvals.js'
export type { ApprovalNotice } from './relay/notice.js'
export { onApproval, type Told } from './relay/on-approval.js'
export type { OnApprovalOptions } from './relay/on-approval-options.js'
export type { MaintainOptions } from './retention/maintain.js'
export type { Maintained } from './retention/maintained.js'
export type { OpenedStorage } from './retention/opened.js'
export type { Duration, Kept, RetentionConfig } from './retention/retention-config.js'
export type { EraseOptions, HoldInput, ReleaseOptions } from './sealing/erasing.js'
export { fileKeys } from './sealing/file-keys/file-keys.js'
export type {
  Erasure,
  ErasureRequest,
  Hold,
  KeyStore,
  Release,
  Subject,
  SubjectKey,
} from './sealing/key-store.js'
export {
  type Erased,
  isOpen,
  type Markable,
  type Opened,
  type Personal,
  personal,
  type SealedValue,
  type Unreadable,
} from './sealing/personal.js'
export { type SealedAudit, type SealingOptions, withSealing } from './sealing/with-sealing.js'
export { defineShape, type ShapeOptions, type TypedShape } from './shapes/define-shape.js'
export { type ShapedAudit, type ShapedEntry, type ShapedInput, withShapes } from './shapes/with-shapes.js'
export type { Tenants } from './tenants.js'
