import { createHash } from 'node:crypto'
import type { Tampering } from '@freehold/conformance'
import type { Domain } from '@freehold/contract'
import { execute, query } from './sqlite-file.js'

const ENTRY = `tenant = 'default' and stream = ?`

/** What an intruder does with the file and a SQL prompt: drops the triggers first, as they would. */
export async function tamperSqlite(fileOf: (domain: Domain) => string, tampering: Tampering): Promise<void> {
  if (tampering.kind === 'add-migration' || tampering.kind === 'change-checksum')
    return tamperHistory(fileOf(tampering.domain), tampering)
  const file = fileOf('audit')
  const { stream, seq } = tampering
  await execute(file, 'drop trigger if exists freehold_audit_no_update')
  await execute(file, 'drop trigger if exists freehold_audit_no_delete')
  switch (tampering.kind) {
    case 'change-entry':
      return execute(file, `update freehold_audit set actor = 'nobody' where ${ENTRY} and seq = ?`, [stream, seq])
    case 'change-text':
    case 'rewrite-entry':
      return rewrite(file, tampering)
    case 'remove-entry':
      return execute(file, `delete from freehold_audit where ${ENTRY} and seq = ?`, [stream, seq])
    case 'swap-entries':
      for (const [from, to] of [
        [seq, -1],
        [seq + 1, seq],
        [-1, seq + 1],
      ])
        await execute(file, `update freehold_audit set seq = ? where ${ENTRY} and seq = ?`, [to, stream, from])
      return
    case 'truncate':
      await execute(file, `delete from freehold_audit where ${ENTRY} and seq > ?`, [stream, seq])
      if (tampering.head) await setHead(file, stream, seq)
      if (tampering.checkpoint)
        await execute(file, `update freehold_audit_heads set checkpoint_seq = null where ${ENTRY}`, [stream])
      return
    case 'set-head':
      return setHead(file, stream, seq)
  }
}

/** Changes the actor in its column and in the text that was hashed; `rewrite-entry` hashes that text anew. */
async function rewrite(
  file: string,
  { kind, stream, seq }: Extract<Tampering, { kind: 'change-text' | 'rewrite-entry' }>,
): Promise<void> {
  const [row] = await query(file, `select * from freehold_audit where ${ENTRY} and seq = ?`, [stream, seq])
  const text = String(row!.hashed_text).replace('"actor":"ann"', '"actor":"nobody"')
  const fresh = createHash('sha256')
    .update(`${String(row!.previous_hash)}\n${text}`)
    .digest('hex')
  const hash = kind === 'rewrite-entry' ? fresh : String(row!.hash)
  await execute(
    file,
    `update freehold_audit set actor = 'nobody', hashed_text = ?, hash = ? where ${ENTRY} and seq = ?`,
    [text, hash, stream, seq],
  )
}

function setHead(file: string, stream: string, seq: number): Promise<void> {
  return execute(
    file,
    `update freehold_audit_heads set seq = ?, hash = (
       select hash from freehold_audit where ${ENTRY} and seq = ?) where ${ENTRY}`,
    [seq, stream, seq, stream],
  )
}

function tamperHistory(
  file: string,
  tampering: Extract<Tampering, { kind: 'add-migration' | 'change-checksum' }>,
): Promise<void> {
  const table = `freehold_${tampering.domain}_migrations`
  if (tampering.kind === 'change-checksum') return execute(file, `update ${table} set checksum = 'another'`)
  return execute(file, `insert into ${table} (name, checksum, applied_at) values (?, 'x', '2026-01-01')`, [
    tampering.name,
  ])
}
