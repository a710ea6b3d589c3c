import { expect, test, vi } from 'vitest'
import { Watchers } from '../src/rules/watchers.js'

test('each hears of its own tenant until it stops', () => {
  const watchers = new Watchers()
  const heard: string[] = []
  const stop = watchers.add('acme', (id) => heard.push(id))
  watchers.add('other', (id) => heard.push(`other ${id}`))
  watchers.tell('acme', 'a')
  stop()
  watchers.tell('acme', 'b')
  watchers.tell('other', 'c')
  expect(heard).toEqual(['a', 'other c'])
})

test('nobody is left when all have stopped', () => {
  const watchers = new Watchers()
  const stops = [watchers.add('acme', () => {}), watchers.add('acme', () => {})]
  expect(watchers.isEmpty).toBe(false)
  for (const stop of stops) stop()
  expect(watchers.isEmpty).toBe(true)
})

test('one that throws is warned of, and the others hear', () => {
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const watchers = new Watchers()
  const heard: string[] = []
  watchers.add('acme', () => {
    throw new Error('secret')
  })
  watchers.add('acme', (id) => heard.push(id))
  watchers.tell('acme', 'a')
  expect(heard).toEqual(['a'])
  expect(warning).toHaveBeenCalledExactlyOnceWith(expect.not.stringContaining('secret'))
  warning.mockRestore()
})
