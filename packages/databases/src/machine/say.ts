/** Prints a line of progress where it does not mix with output that a program reads. */
export function say(who: string, what: string): void {
  process.stderr.write(`${who}: ${what}\n`)
}
