import { SQLITE } from './engines.js'
import { describePlans } from './explain.js'

describePlans(SQLITE)
