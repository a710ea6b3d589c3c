/** What an agent platform keeps, each in a database of its own if need be. Every package has a file for each, by its name. */
export const DOMAINS = ['traces', 'sessions', 'approvals', 'audit'] as const
export type Domain = (typeof DOMAINS)[number]
