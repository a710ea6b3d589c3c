/**
 * Small, and yet its marks have more than 4 MB: each of its hundred texts is repaired, and tells its long path, every
 * character of which JSON escapes.
 */
export function largeMarks(): Record<string, unknown> {
  let value: unknown = Array(101).fill('\0')
  for (let level = 0; level < 62; level++) value = { ['\u0001'.repeat(100)]: value }
  return value as Record<string, unknown>
}
