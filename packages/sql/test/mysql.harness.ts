import { MYSQL_9 } from './engines.js'
import { serverHarness } from './server-harness.js'

export default serverHarness(MYSQL_9, import.meta.url)
