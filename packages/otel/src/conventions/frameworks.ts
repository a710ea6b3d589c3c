import type { Dialect } from './dialect.js'
import { claudeCode } from './frameworks/claude-code.js'
import { genkit } from './frameworks/genkit.js'
import { langsmith } from './frameworks/langsmith.js'
import { liveKit } from './frameworks/livekit.js'
import { mastra } from './frameworks/mastra.js'
import { mlflow } from './frameworks/mlflow.js'

/** What frameworks and other systems write under names of their own. */
export const FRAMEWORKS: readonly Dialect[] = [claudeCode, mastra, langsmith, mlflow, genkit, liveKit]
