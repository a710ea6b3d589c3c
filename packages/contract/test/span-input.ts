export const T0 = 1_750_000_000_000

/** A span as somebody tells of it, at `T0`. */
export const input = (fields: object = {}) => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  name: 'n',
  startedAt: T0,
  ...fields,
})
