import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { fileKeys, openStorage, personal, StoreError, withSealing } from 'freehold'

/**
 * `erase | seal | race`, where the database and the keys are, and before which step the process is to die: a step is a change on the
 * disk of the keys, or an append.
 */
const [act, database, directory, last = 'Infinity'] = process.argv.slice(2)
let steps = 0

function step(): void {
  if (++steps === Number(last)) process.kill(process.pid, 'SIGKILL')
}

function watch(target: object, names: readonly string[]): void {
  for (const name of names) {
    const own = Reflect.get(target, name) as (...args: unknown[]) => unknown
    Reflect.set(target, name, function (this: unknown, ...args: unknown[]) {
      step()
      return Reflect.apply(own, this, args)
    })
  }
}

const storage = await openStorage({ databases: { main: database! } })
const handle = await fs.open(process.execPath, 'r')
await handle.close()
watch(Object.getPrototypeOf(handle), ['writeFile', 'write'])
watch(fs, ['link', 'unlink', 'rm'])
syncBuiltinESMExports()
const store = storage.audit
const audit = withSealing(
  {
    tenantId: 'default',
    audit: Object.assign(Object.create(store), {
      append(...args: Parameters<typeof store.append>) {
        step()
        return store.append(...args)
      },
    }),
  },
  { keys: fileKeys(directory!) },
)

const mail = (id?: string) =>
  audit.append([{ id, actor: 'ada', action: 'mail.sent', data: { to: personal('maria', 'maria@example.com') } }])

/** Seals until the subject is erased, and says when it began. */
async function sealOn(): Promise<void> {
  for (let sealed = 0; ; sealed++) {
    if (sealed === 3) process.send!('sealing')
    try {
      await mail()
    } catch (error) {
      if (StoreError.is(error, 'conflict')) return
      throw error
    }
  }
}

if (act === 'erase') await audit.eraseSubject('maria', { by: 'dpo' })
else if (act === 'seal') await mail('one')
else await sealOn()
await storage.close()
if (process.connected) process.disconnect()
