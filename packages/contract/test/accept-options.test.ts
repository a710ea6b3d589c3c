import { expect, test } from 'vitest'
import type { AuditStore } from '../src/audit.js'
import { refusing } from '../src/rules/accept-options.js'

test('what stands for a domain that was not opened refuses every call, and can be awaited and printed', async () => {
  const audit = refusing<AuditStore>('audit')
  await expect(audit.head()).rejects.toMatchObject({ code: 'unsupported' })
  expect(await Promise.resolve(audit)).toBe(audit)
  expect(JSON.stringify(audit)).toBe('{}')
  expect(String(audit)).toBe('[object Object]')
})
