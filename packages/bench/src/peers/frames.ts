import type { Server } from '@freehold/databases'

/** How a protocol divides into messages what a client sends. */
interface Protocol {
  /** How long the message is that begins so; undefined as long as too little of it is there. */
  lengthOf(start: Buffer): number | undefined
  /** Whether the server is told to execute something. Has the first bytes of the message, up to {@link LOOK}. */
  isStatement(start: Buffer): boolean
}

/** As much of a message as is looked at. */
const LOOK = 64

/** Follows one connection, and tells of each statement in it. */
export class FrameReader {
  private start = Buffer.alloc(0)
  /** Bytes of a message that was looked at. */
  private rest = 0

  constructor(
    private readonly protocol: Protocol,
    private readonly onStatement: () => void,
  ) {}

  read(data: Buffer): void {
    let left = data
    while (left.length > 0) {
      if (this.rest > 0) {
        const passed = Math.min(this.rest, left.length)
        this.rest -= passed
        left = left.subarray(passed)
        continue
      }
      this.start = Buffer.concat([this.start, left])
      const length = this.protocol.lengthOf(this.start)
      if (length === undefined || this.start.length < Math.min(length, LOOK)) return
      left = this.start.subarray(Math.min(length, this.start.length))
      if (this.protocol.isStatement(this.start)) this.onStatement()
      this.rest = Math.max(0, length - this.start.length)
      this.start = Buffer.alloc(0)
    }
  }
}

const STARTUP = 196_608
const QUERY = 'Q'.charCodeAt(0)
const EXECUTE = 'E'.charCodeAt(0)

/** What comes before the startup message, and that one, have no type. */
function postgres(): Protocol {
  let hasBegun = false
  return {
    lengthOf(start) {
      if (hasBegun) return start.length < 5 ? undefined : 1 + start.readUInt32BE(1)
      return start.length < 8 ? undefined : start.readUInt32BE(0)
    },
    isStatement(start) {
      if (hasBegun) return start[0] === QUERY || start[0] === EXECUTE
      hasBegun = start.readUInt32BE(4) === STARTUP
      return false
    },
  }
}

const COM_QUERY = 0x03
const COM_STMT_EXECUTE = 0x17

/** A command has the number 0; what is said while connecting, and what continues a long command, have others. */
function mysql(): Protocol {
  return {
    lengthOf: (start) => (start.length < 4 ? undefined : 4 + start.readUIntLE(0, 3)),
    isStatement: (start) => start[3] === 0 && (start[4] === COM_QUERY || start[4] === COM_STMT_EXECUTE),
  }
}

const OP_MSG = 2013
/** Where the name of the first field, which is that of the command, begins: behind header, flags, section and type. */
const COMMAND_NAME = 26
/** What a driver says of its own accord. */
const OF_THE_DRIVER = ['hello', 'ismaster', 'isMaster', 'ping', 'buildInfo', 'endSessions', 'saslStart', 'saslContinue']

function mongodb(): Protocol {
  return {
    lengthOf: (start) => (start.length < 4 ? undefined : start.readUInt32LE(0)),
    isStatement(start) {
      if (start.length <= COMMAND_NAME || start.readUInt32LE(12) !== OP_MSG) return false
      const end = start.indexOf(0, COMMAND_NAME)
      return !OF_THE_DRIVER.includes(start.toString('latin1', COMMAND_NAME, end))
    },
  }
}

export const PROTOCOLS: Readonly<Record<Server['engine'], () => Protocol>> = {
  postgres,
  postgres15: postgres,
  mysql,
  mariadb: mysql,
  mongodb,
}
