import { MYSQL_9 } from './engines.js'
import { describePlans } from './explain.js'

describePlans(MYSQL_9)
