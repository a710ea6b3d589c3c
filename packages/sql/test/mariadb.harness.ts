import { MARIADB } from './engines.js'
import { serverHarness } from './server-harness.js'

export default serverHarness(MARIADB, import.meta.url, 'Asia/Kolkata')
