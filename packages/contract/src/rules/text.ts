/** True of text without NUL characters and lone surrogates, which not every engine can hold. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** Text without NUL characters and lone surrogates. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

/** The name of a property as a message tells it: whatever it was given as, it is short and can be shown. */
export function shownName(name: string): string {
  return cutText(cleanText(name), 100)
}

/** The first `max` UTF-16 units of a text, or one less where that would cut a character in half. */
export function cutText(text: string, max: number): string {
  const isHalved = text.codePointAt(max - 1)! > 0xffff
  return text.slice(0, isHalved ? max - 1 : max)
}
