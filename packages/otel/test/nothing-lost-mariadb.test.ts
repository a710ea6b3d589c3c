import { describeNothingLost } from './support/nothing-lost.js'

describeNothingLost('mariadb')
