import { type Asked, refuseDatabase } from './opening.js'
import { isSchemaName } from './postgres-options.js'

/** A table of ours, wherever in the database it is. */
export interface Found {
  schema: string
  name: string
  /** Whether this user may use the schema. */
  usable: boolean
}

/**
 * The schema of the tables, unless the URL names it: the one along the search path that has them, or for new ones the
 * first of that. Where ours are elsewhere, a second and empty set is made only when it is asked for by its name.
 * @throws StoreError `unsupported` where that is not one schema, with what to write
 */
export function chosenSchema(path: readonly string[], found: readonly Found[], histories: Asked['histories']): string {
  const refuse = (problem: string) => refuseDatabase('PostgreSQL', [problem])
  const homes = new Map<string, string>()
  for (const [domain, history] of histories) {
    const places = found.filter(({ name }) => name === history)
    const [home, other] = path.filter((schema) => places.some((place) => place.schema === schema))
    if (home === undefined) {
      if (places[0] !== undefined) refuse(elsewhere(domain, places[0]))
      continue
    }
    if (other !== undefined)
      refuse(
        `the tables of ${domain} are in the schemas ${home} and ${other}; name the right one, as ?schema=${home} in the url`,
      )
    homes.set(domain, home)
  }
  const [one] = homes
  const another = [...homes].find(([, home]) => home !== one?.[1])
  if (one !== undefined && another !== undefined)
    refuse(
      `the tables of ${one[0]} are in the schema ${one[1]}, and those of ${another[0]} in ${another[1]}; route them to two databases, with ?schema=${one[1]} and ?schema=${another[1]} in their urls`,
    )
  const schema = one?.[1] ?? path[0]
  if (schema === undefined)
    refuse(
      'the search path of this user leads to no schema that it may use; grant usage on the one of the tables, or create one and name it as ?schema=… in the url',
    )
  if (!isSchemaName(schema!))
    refuse(
      'the schema of this user has a name with other characters than letters, digits, - and _; name another as ?schema=… in the url',
    )
  return schema!
}

function elsewhere(domain: string, { schema, usable }: Found): string {
  return usable
    ? `the tables of ${domain} are in the schema ${schema}, which is not on the search path of this user; name it as ?schema=${schema} in the url, or another where new ones are to be`
    : `the tables of ${domain} are in the schema ${schema}, which this user may not use; grant usage on it, or name another as ?schema=… in the url`
}
