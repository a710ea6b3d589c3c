import { POSTGRES, serverHarness } from './servers.js'

export default serverHarness(POSTGRES, process.env.POSTGRES15_URL, {
  name: 'PostgreSQL 15, in a zone of its own',
  module: import.meta.url,
  zone: 'Asia/Kolkata',
})
