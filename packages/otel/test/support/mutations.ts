/** Numbers that are the same in every run (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Bytes changed, left out, doubled, cut off, or put in from elsewhere, in one to four places. */
export function mutated(body: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(body)
  for (let n = random(4); n >= 0; n--) {
    const at = random(bytes.length || 1)
    const length = random(1 + Math.min(16, bytes.length - at))
    const part = bytes.subarray(at, at + length)
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + length)]
    switch (random(6)) {
      case 0:
        bytes[at] = random(256)
        break
      case 1:
        bytes[at] = bytes[at]! ^ (1 << random(8))
        break
      case 2:
        bytes = Buffer.concat([before, after])
        break
      case 3:
        bytes = Buffer.concat([before, part, part, after])
        break
      case 4:
        bytes = Buffer.from(before)
        break
      default:
        bytes = Buffer.concat([before, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f].slice(0, length)), after])
    }
  }
  return bytes
}
