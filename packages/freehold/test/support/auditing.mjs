// Brings what happens to approvals into the audit, until somebody kills it.
import { auditApprovals, openStorage } from 'freehold'

const [approvals, audit] = process.argv.slice(2)
const databases = { main: approvals, vault: audit }
const routes = { traces: 'main', sessions: 'main', approvals: 'main', audit: 'vault' }
const storage = await openStorage({ databases, routes })
auditApprovals(storage, { interval: 10, onError: (error) => console.error(String(error)) })
process.stdout.write('ready\n')
