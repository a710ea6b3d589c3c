import { POSTGRES_15 } from './engines.js'
import { serverHarness } from './server-harness.js'

export default serverHarness(POSTGRES_15, import.meta.url, 'Asia/Kolkata')
