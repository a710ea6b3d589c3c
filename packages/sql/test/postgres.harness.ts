import { POSTGRES_18 } from './engines.js'
import { serverHarness } from './server-harness.js'

export default serverHarness(POSTGRES_18, import.meta.url)
