import { filesOf } from './args.js'
import { importDemo } from './import-demo.js'
import { paint, terminalStyle } from './style.js'
import { supportDemo } from './support-demo.js'

const DIRECTORY = '.freehold/demo'
const style = terminalStyle()
const print = (text: string): void => console.log(text)

// A reader that has seen enough, such as head, closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

// The package manager runs scripts in the workspace's root, and tells here where it was called.
const files = filesOf(process.argv.slice(2), process.env.INIT_CWD ?? '.')
try {
  if (files.length === 0) await supportDemo(DIRECTORY, style, print)
  else if (!(await importDemo(files, DIRECTORY, style, print))) process.exitCode = 1
} catch (error) {
  console.error(paint((error as Error).message, 'red', style))
  process.exitCode = 1
}
