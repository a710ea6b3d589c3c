import { MYSQL, serverHarness } from './servers.js'

export default serverHarness(MYSQL, process.env.MARIADB_URL, {
  name: 'MariaDB, in a zone of its own',
  module: import.meta.url,
  zone: 'Asia/Kolkata',
})
