/**
 * Small values by which traces, sessions and runs are filtered, such as `{ environment: 'prod', release: '1.4', beta: true }`: at
 * most 20. A name has at most 64 characters, of `A-Z a-z 0-9 _ . - /`, and begins with a letter; the text of a value has at most
 * 100 characters and 128 bytes. Where labels are compared, the texts of their values are: `'1.4'` is 1.4, and `'true'` is true.
 * A label that is `undefined` is absent.
 */
export type Labels = { readonly [name: string]: string | number | boolean | undefined }
