const WORDS = (
  'the order was shipped on Monday and arrived late so customer asks for refund of 120 dollars while agent checks policy ' +
  'account status invoice number region warehouse stock price total tax payment method card ending expires address ' +
  'please confirm before we proceed because return window closes soon however exception may apply when item is damaged ' +
  'search results show three matching records with different dates latest one has been updated by support team yesterday'
).split(' ')

/** Mulberry32: the same seed gives the same spans on every machine, so that runs can be compared. */
export class Random {
  constructor(private state: number) {}

  /** 0 ≤ x < 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let x = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  hex(digits: number): string {
    let text = ''
    while (text.length < digits) text += (this.below(0xffff_fffe) + 1).toString(16).padStart(8, '0')
    return text.slice(0, digits)
  }

  /** Words of about `length` characters in all. Joined, not added up: text that arrives is one piece in memory. */
  prose(length: number): string {
    const words: string[] = []
    for (let room = length; room > 0; room -= words.at(-1)!.length + 1) words.push(WORDS[this.below(WORDS.length)]!)
    return words.join(' ')
  }
}
