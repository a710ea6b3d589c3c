/**
 * Plants bugs in the sources, one at a time, and tells which of them no fast test notices: `npx pnpm@12 mutants`, or
 * `npx pnpm@12 mutants otel` for one package, or `npx pnpm@12 mutants packages/otel/src/queue.ts` for one file of it. Each
 * package is tried with its own tests. A file takes a minute, a package up to an hour.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { PACKAGES, reportOf } from '../.stryker.mjs'

const given = process.argv.slice(2)
const wanted = given.length > 0 ? given : PACKAGES
const packages = [...new Set(wanted.map((each) => /^packages\/(\w+)\//.exec(each)?.[1] ?? each))]
const strangers = packages.filter((each) => !PACKAGES.includes(each))
if (strangers.length > 0) {
  console.error(`${strangers.join(', ')}: not mutated; give ${PACKAGES.join(', ')}, or files of them`)
  process.exit(64)
}

for (const each of packages) {
  const files = wanted.filter((one) => one.startsWith(`packages/${each}/`))
  const only = files.length > 0 && !wanted.includes(each) ? ['--mutate', files.join(',')] : []
  const run = ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run', '.stryker.mjs', ...only]
  const { status } = spawnSync(process.execPath, run, { stdio: 'inherit', env: { ...process.env, MUTANTS: each } })
  if (status !== 0) process.exit(status ?? 1)
}

/** What became of a mutant that counts; one that does not compile, say, does not. */
const NOTICED = ['Killed', 'Timeout']
const MISSED = ['Survived', 'NoCoverage']

const table = {}
for (const each of packages) {
  const { files } = JSON.parse(readFileSync(reportOf(each), 'utf8'))
  const mutants = Object.values(files).flatMap((file) => file.mutants)
  const [noticed, missed] = [NOTICED, MISSED].map(
    (sorts) => mutants.filter(({ status }) => sorts.includes(status)).length,
  )
  table[each] = { noticed, missed, share: `${((100 * noticed) / (noticed + missed)).toFixed(1)} %` }
  writeFileSync(reportOf(each).replace(/json$/, 'txt'), missedIn(files))
}
console.table(table)
console.log(
  `What was missed, line by line: ${packages.map((each) => reportOf(each).replace(/json$/, 'txt')).join(', ')}`,
)

/** A line for each mutant that nothing noticed: where it is, what stood there, and what stands there instead. */
function missedIn(files) {
  const lines = Object.entries(files).flatMap(([file, { mutants, source }]) => {
    const rows = source.split('\n')
    return mutants
      .filter(({ status }) => MISSED.includes(status))
      .sort(
        (a, b) => a.location.start.line - b.location.start.line || a.location.start.column - b.location.start.column,
      )
      .map(({ location: { start, end }, replacement, status }) => {
        const last = start.line === end.line ? end.column - 1 : undefined
        const was = rows[start.line - 1].slice(start.column - 1, last) + (last === undefined ? ' …' : '')
        const becomes = replacement.replace(/\s+/g, ' ').slice(0, 80)
        return `${file}:${start.line}:${start.column} ${was} -> ${becomes}${status === 'NoCoverage' ? ' (no test comes by)' : ''}`
      })
  })
  return `${lines.join('\n')}\n`
}
