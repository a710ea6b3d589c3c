import { POSTGRES, serverHarness } from './servers.js'

export default serverHarness(POSTGRES, process.env.POSTGRES_URL, {
  name: 'PostgreSQL 18',
  module: import.meta.url,
})
