/** Numbers of the server's errors that several files ask for. */
export const NAMESPACE_NOT_FOUND = 26
export const NAMESPACE_EXISTS = 48
export const DUPLICATE_KEY = 11000
