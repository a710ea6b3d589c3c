import { MYSQL, serverHarness } from './servers.js'

export default serverHarness(MYSQL, process.env.MYSQL_URL, {
  name: 'MySQL',
  module: import.meta.url,
})
