import { createHash } from 'node:crypto'
import type { Tampering } from '@freehold/conformance'
import type { Domain } from '@freehold/contract'
import type { Prompt, Values } from './prompts.js'

const ENTRY = `tenant = 'default' and stream = ?`

/** What an intruder does with a SQL prompt: drops the triggers first, as they would. */
export async function tamperSql(promptOf: (domain: Domain) => Prompt, tampering: Tampering): Promise<void> {
  if (tampering.kind === 'add-migration' || tampering.kind === 'change-checksum')
    return tamperHistory(promptOf(tampering.domain), tampering)
  const prompt = promptOf('audit')
  const execute = async (sql: string, values: Values) => void (await prompt.query(sql, values))
  const { stream, seq } = tampering
  for (const statement of prompt.dropTriggers) await prompt.query(statement)
  switch (tampering.kind) {
    case 'change-entry':
      return execute(`update freehold_audit set actor = 'nobody' where ${ENTRY} and seq = ?`, [stream, seq])
    case 'change-text':
    case 'rewrite-entry':
      return rewrite(prompt, tampering)
    case 'remove-entry':
      return execute(`delete from freehold_audit where ${ENTRY} and seq = ?`, [stream, seq])
    case 'swap-entries':
      for (const [from, to] of [
        [seq, -1],
        [seq + 1, seq],
        [-1, seq + 1],
      ])
        await execute(`update freehold_audit set seq = ? where ${ENTRY} and seq = ?`, [to, stream, from])
      return
    case 'fork-entry':
      return fork(prompt, tampering)
    case 'truncate':
      await execute(`delete from freehold_audit where ${ENTRY} and seq > ?`, [stream, seq])
      if (tampering.head) await setHead(prompt, stream, seq)
      if (tampering.checkpoint)
        await execute(`update freehold_audit_heads set checkpoint_seq = null where ${ENTRY}`, [stream])
      return
    case 'set-head':
      return setHead(prompt, stream, seq)
  }
}

/** Changes the actor in its column and in the text that was hashed; `rewrite-entry` hashes that text anew. */
async function rewrite(
  prompt: Prompt,
  { kind, stream, seq }: Extract<Tampering, { kind: 'change-text' | 'rewrite-entry' }>,
): Promise<void> {
  const [row] = await prompt.query(`select * from freehold_audit where ${ENTRY} and seq = ?`, [stream, seq])
  const text = String(row!.hashed_text).replace('"actor":"ann"', '"actor":"nobody"')
  const hash = kind === 'rewrite-entry' ? hashOf(String(row!.previous_hash), text) : String(row!.hash)
  await prompt.query(
    `update freehold_audit set actor = 'nobody', hashed_text = ?, hash = ? where ${ENTRY} and seq = ?`,
    [text, hash, stream, seq],
  )
}

/** A copy of a table has none of its keys: not all engines drop one alone. */
async function fork(prompt: Prompt, { stream, seq }: { stream: string; seq: number }): Promise<void> {
  await prompt.query('create table copy_of_audit as select * from freehold_audit')
  await prompt.query('drop table freehold_audit')
  await prompt.query('alter table copy_of_audit rename to freehold_audit')
  const at = `select previous_hash, hashed_text from freehold_audit where ${ENTRY} and seq = ?`
  const [before] = await prompt.query(at, [stream, seq - 1])
  const [row] = await prompt.query(at, [stream, seq])
  const previous = String(before!.previous_hash)
  const hash = hashOf(previous, String(row!.hashed_text))
  await prompt.query(`update freehold_audit set previous_hash = ?, hash = ? where ${ENTRY} and seq = ?`, [
    previous,
    hash,
    stream,
    seq,
  ])
}

function hashOf(previous: string, text: string): string {
  return createHash('sha256').update(`${previous}\n${text}`).digest('hex')
}

async function setHead(prompt: Prompt, stream: string, seq: number): Promise<void> {
  await prompt.query(
    `update freehold_audit_heads set seq = ?, hash = (
       select hash from freehold_audit where ${ENTRY} and seq = ?) where ${ENTRY}`,
    [seq, stream, seq, stream],
  )
}

async function tamperHistory(
  prompt: Prompt,
  tampering: Extract<Tampering, { kind: 'add-migration' | 'change-checksum' }>,
): Promise<void> {
  const table = `freehold_${tampering.domain}_migrations`
  if (tampering.kind === 'change-checksum') await prompt.query(`update ${table} set checksum = 'another'`)
  else
    await prompt.query(`insert into ${table} (name, checksum, applied_at) values (?, 'x', '2026-01-01')`, [
      tampering.name,
    ])
}
