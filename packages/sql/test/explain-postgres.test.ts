import { POSTGRES_18 } from './engines.js'
import { describePlans } from './explain.js'

describePlans(POSTGRES_18)
