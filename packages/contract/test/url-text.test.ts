import { expect, test } from 'vitest'
import { acceptOptions } from '../src/rules/accept-options.js'
import { ENCODE_USER, shownOption, urlTextProblem } from '../src/rules/url-text.js'

const CONTROL = 'has a control character, such as a line break; take it out'
const SPACE = 'begins or ends with white space; take it out'
const SURROGATE = 'has a lone surrogate; take it out'

test.each([
  ['sqlite:a.db\n', CONTROL],
  ['\nsqlite:a.db', CONTROL],
  ['postgres://h/a\tb', CONTROL],
  ['postgres://h/a\0', CONTROL],
  ['mysql://h/a\x7f', CONTROL],
  ['mysql://h/a\x85', CONTROL],
  ['sqlite:a.db ', SPACE],
  [' sqlite:a.db', SPACE],
  ['\u00a0sqlite:a.db', SPACE],
  ['\ufeffsqlite:a.db', SPACE],
  ['sqlite:a.db\u2028', SPACE],
  ['sqlite:\ud800.db', SURROGATE],
  ['sqlite:my agents.db', undefined],
  ['sqlite:données 😀.db', undefined],
])('of the URL %j is told: %s', (url, problem) => {
  expect(urlTextProblem(url)).toBe(problem)
})

test.each([
  ['sqlite:a.db\n', CONTROL],
  ['sqlite:a\0.db', CONTROL],
  ['sqlite:a.db ', SPACE],
  ['sqlite:\ud800.db', SURROGATE],
])('a backend that is given %j refuses it', (url, message) => {
  const refused = expect.objectContaining({ code: 'invalid', problems: [{ field: 'url', message }] })
  expect(() => acceptOptions({ url })).toThrow(refused)
})

test('an empty URL is missing', () => {
  const problems = [{ field: 'url', message: 'is empty; give the URL of the database' }]
  expect(() => acceptOptions({ url: '' })).toThrow(expect.objectContaining({ problems }))
})

test('a URL that is no text is told by its shape', () => {
  const problems = [{ field: 'url', message: 'is a number; give a text' }]
  expect(() => acceptOptions({ url: 7 as never })).toThrow(expect.objectContaining({ problems }))
})

test.each(['a', 'sslmode', 'Z', 'charset.x_y-z', 'k'.repeat(40)])('an option named %s is shown', (name) => {
  expect(shownOption(name)).toBe(name)
})

test.each([
  '',
  ' sslmode',
  'sslmode ',
  'ssl mode',
  '-ssl',
  '_ssl',
  '.ssl',
  '1ssl',
  'ssl1',
  'pa1word',
  's\n',
  'ssl@h',
  '\u00e9',
  'k'.repeat(41),
])('one named %j, which may be a piece of a password, is not', (name) => {
  expect(shownOption(name)).toBe('whose name is not shown')
})

test.each([
  ['@', '%40'],
  [':', '%3A'],
  ['/', '%2F'],
  ['?', '%3F'],
  ['#', '%23'],
  ['%', '%25'],
])('how %s is written in a password is told: %s', (character, code) => {
  const [characters, codes] = ENCODE_USER.replace(/^in user and password write /, '').split(' as ')
  expect(codes!.split(' ')[characters!.split(' ').indexOf(character)]).toBe(code)
})
