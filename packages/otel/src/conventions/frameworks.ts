import type { Dialect } from './dialect.js'
import { claudeAgent } from './frameworks/claude-agent.js'
import { claudeCode } from './frameworks/claude-code.js'
import { genkit } from './frameworks/genkit.js'
import { langsmith } from './frameworks/langsmith.js'
import { liveKit } from './frameworks/livekit.js'
import { mastra } from './frameworks/mastra.js'
import { mlflow } from './frameworks/mlflow.js'
import { springAi } from './frameworks/spring-ai.js'

/** What frameworks and other systems write under names of their own. */
export const FRAMEWORKS: readonly Dialect[] = [
  claudeCode,
  claudeAgent,
  mastra,
  langsmith,
  mlflow,
  genkit,
  liveKit,
  springAi,
]
