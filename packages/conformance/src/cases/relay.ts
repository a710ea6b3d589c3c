import type { Chapter } from '../case.js'
import { consumerCases } from './relay-consumers.js'
import { settlingCases } from './relay-settling.js'
import { takingCases } from './relay-taking.js'

/** The outbox: what happens to approvals, told to whoever registered. */
export const relayCases: Chapter = { name: 'relay', cases: [...consumerCases, ...takingCases, ...settlingCases] }
