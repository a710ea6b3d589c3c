import type { Tampering } from '@freehold/conformance'
import type { Domain } from '@freehold/contract'
import { execute } from './sqlite-file.js'

const ENTRY = `tenant = 'default' and stream = ?`

/** What an intruder does with the file and a SQL prompt: drops the triggers first, as they would. */
export async function tamperSqlite(fileOf: (domain: Domain) => string, tampering: Tampering): Promise<void> {
  if (tampering.kind === 'add-migration' || tampering.kind === 'change-checksum')
    return tamperHistory(fileOf(tampering.domain), tampering)
  const file = fileOf('audit')
  const { stream, seq } = tampering
  await execute(file, 'drop trigger freehold_audit_no_update')
  await execute(file, 'drop trigger freehold_audit_no_delete')
  switch (tampering.kind) {
    case 'change-entry':
      return execute(file, `update freehold_audit set actor = 'nobody' where ${ENTRY} and seq = ?`, [stream, seq])
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
      if (!tampering.head) return
      return execute(
        file,
        `update freehold_audit_heads set seq = ?, checkpoint_seq = null, hash = (
           select hash from freehold_audit where ${ENTRY} and seq = ?) where ${ENTRY}`,
        [seq, stream, seq, stream],
      )
  }
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
