/** The order of texts in every list: by the bytes of UTF-8, as engines have it. That of UTF-16 units differs beyond U+FFFF. */
export function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
