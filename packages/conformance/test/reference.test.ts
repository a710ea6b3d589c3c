import { describeStore } from '../src/describe.js'
import { confined } from '../src/suite.js'
import inFile, { inMemory } from './reference.harness.js'

describeStore(inFile)
describeStore(inMemory)
describeStore(confined(inMemory, 'acme'))
