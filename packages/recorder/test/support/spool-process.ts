import { Spool } from '../../src/spool/spool.js'

// Does with a spool what it is told, and tells each time what came of it.
process.on('SIGXFSZ', () => {})
const [directory, stale = '1000000', size = '0'] = process.argv.slice(2)
const reported: string[] = []
const spool = await Spool.open({
  directory: directory!,
  limit: 1 << 24,
  report: ({ message }) => void reported.push(message),
  pace: { beat: 100, stale: Number(stale) },
})

async function append(text: string): Promise<string> {
  try {
    await spool.append([Buffer.from(text.padEnd(Number(size), '.'))])
    return 'kept'
  } catch (error) {
    const { problem, message } = error as { problem: string; message: string }
    return `${problem}: ${message}`
  }
}

async function read(): Promise<string[]> {
  await spool.takeOver()
  const texts: string[] = []
  for (let some = await spool.read(10); some.length > 0; some = await spool.read(10))
    texts.push(...some.map(({ bytes }) => bytes.toString().replace(/\.+$/, '')))
  return texts
}

process.on('message', async ([what, text]: ['append' | 'read', string]) => {
  process.send!({ answer: what === 'append' ? await append(text) : await read(), reported })
})
process.send!({ answer: 'ready', reported })
