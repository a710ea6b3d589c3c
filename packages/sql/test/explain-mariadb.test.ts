import { MARIADB } from './engines.js'
import { describePlans } from './explain.js'

describePlans(MARIADB)
