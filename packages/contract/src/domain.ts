export const DOMAINS = ['traces', 'sessions', 'approvals', 'audit'] as const
export type Domain = (typeof DOMAINS)[number]
