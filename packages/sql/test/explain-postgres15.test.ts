import { POSTGRES_15 } from './engines.js'
import { describePlans } from './explain.js'

describePlans(POSTGRES_15)
