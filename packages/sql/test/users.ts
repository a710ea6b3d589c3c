import { readFileSync } from 'node:fs'
import type { Database } from './engines.js'
import type { Prompt } from './prompts.js'
import { newName } from './servers.js'

const PAGE = readFileSync(new URL('../../../docs/rights.md', import.meta.url), 'utf8')

const ROLES = ['owner', 'app', 'reader', 'auditor'] as const
export type Role = (typeof ROLES)[number]

/** The users of the page on rights, on one database. */
export interface Users {
  /** The database as each of them connects to it. */
  urls: Record<Role, string>
  /** Runs the statements of a block of the page, as who made the database unless told. */
  grant(block: string, as?: Prompt): Promise<void>
  drop(): Promise<void>
}

export async function newUsers({ url, prompt }: Database, family: string): Promise<Users> {
  const suffix = newName()
  const nameOf = (role: string) => `${role}_${suffix}`
  const own = (role: Role) => {
    const theirs = new URL(url)
    theirs.username = nameOf(role)
    theirs.password = 'secret'
    return theirs.href
  }
  const created = (name: string) =>
    family === 'postgres' ? `create role ${name} login password 'secret'` : `create user ${name} identified by 'secret'`
  const database = new URL(url).pathname.slice(1)
  for (const role of ROLES) await prompt.query(created(nameOf(role)))
  return {
    urls: Object.fromEntries(ROLES.map((role) => [role, own(role)])) as Record<Role, string>,
    async grant(block, as = prompt) {
      const text = new RegExp(`^\`\`\`sql ${block}\\n([^]*?)^\`\`\`$`, 'm').exec(PAGE)![1]!
      const named = text
        .replace(/agents_(\w+)/g, (_, role: string) => nameOf(role))
        .replaceAll('agents.', `${database}.`)
      for (const statement of named.split(';\n').filter((one) => one.trim() !== '')) await as.query(statement)
    },
    async drop() {
      for (const role of ROLES)
        for (const statement of family === 'postgres'
          ? [`drop owned by ${nameOf(role)} cascade`, `drop role ${nameOf(role)}`]
          : [`drop user ${nameOf(role)}`])
          await prompt.query(statement)
    },
  }
}
