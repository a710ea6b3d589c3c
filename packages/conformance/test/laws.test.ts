import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CHAPTERS } from '../src/cases/index.js'

const CONTRACT = new URL('../../contract/src/', import.meta.url)

/** The bullets of the doc comments of a source: sentences that may run over several lines. */
function bulletsOf(source: string): string[] {
  const comments = source.match(/\/\*\*[\s\S]*?\*\//g) ?? []
  return comments.flatMap((comment) => {
    const text = comment.replace(/\*\/$/, '').replaceAll(/^\s*\*? ?/gm, '')
    const items = text.match(/^- [^\n]*(\n(?!- |\n|@)[^\n]+)*/gm) ?? []
    return items.map((item) => item.slice(2).replaceAll(/\s+/g, ' ').trim())
  })
}

const laws = readdirSync(CONTRACT)
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => bulletsOf(readFileSync(new URL(name, CONTRACT), 'utf8')))

describe('the laws of the contract', () => {
  it('are found', () => {
    expect(laws.length).toBeGreaterThan(100)
  })

  it('have one case each, in the same words', () => {
    const cases = CHAPTERS.flatMap((chapter) => chapter.cases.map(({ law }) => law))
    expect(cases.toSorted()).toEqual(laws.toSorted())
  })
})
