import { MAX_TIMESTAMP, type ShapeColumn } from '@freehold/contract'
import { quote } from './postgres-names.js'

/**
 * Puts a view in the place of one that may be there. Columns can only be appended to a view; where they become others it is
 * made anew, and given the owner and exactly the rights of the old: nobody who reads it loses it, and nobody gains it by
 * default privileges. One statement is one transaction: nobody finds the view missing.
 */
export function replaceView(name: string, select: string): string[] {
  const view = quote(name)
  const grantee = `case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end`
  const owner = `(select relowner from pg_class where oid = '${view}'::regclass)`
  return [
    `do $define$
declare
  old_owner name;
  statements text[];
  one text;
begin
  begin
    create or replace view ${view} as ${select};
    return;
  exception when invalid_table_definition then null;
  end;
  old_owner := pg_get_userbyid(${owner});
  statements := array(
    select format('grant %s%s on ${view} to %s%s', a.privilege_type, t.of_column, ${grantee},
      case when a.is_grantable then ' with grant option' else '' end)
    from (
      select '' as of_column, relacl as acl from pg_class where oid = '${view}'::regclass
      union all
      select format(' (%I)', attname), attacl from pg_attribute where attrelid = '${view}'::regclass and attnum > 0
    ) as t, aclexplode(t.acl) as a
    where a.grantee <> ${owner});
  drop view ${view};
  create view ${view} as ${select};
  if old_owner <> current_user then
    execute format('alter view ${view} owner to %I', old_owner);
  end if;
  for one in
    select distinct ${grantee} from pg_class, aclexplode(relacl) as a
    where oid = '${view}'::regclass and a.grantee <> relowner
  loop
    execute 'revoke all on ${view} from ' || one;
  end loop;
  foreach one in array statements loop
    begin
      execute one;
    -- A right on a column that is no more.
    exception when undefined_column then null;
    end;
  end loop;
end $define$`,
  ]
}

/** A property of a JSON column as a plain value of a view. What does not fit its type is NULL, and spoils no other row. */
export function viewColumn(column: string, property: string, type: ShapeColumn): string {
  const value = `"${column}" -> '${property}'`
  const text = `"${column}" ->> '${property}'`
  const when = (is: string, sql: string) => `case jsonb_typeof(${value}) when '${is}' then ${sql} end`
  switch (type) {
    case 'json':
      return `nullif(${value}, 'null')`
    case 'text':
      return when('string', text)
    case 'boolean':
      return when('boolean', `(${text})::boolean`)
    case 'timestamp': {
      const ms = `(${text})::float8`
      // As toMicroseconds: times 1000, the whole number would lose bits that its fraction needs.
      const micros = `(floor(${ms}) * 1000 + floor((${ms} - floor(${ms})) * 1000 + 0.5))`
      const time = `timestamptz 'epoch' + ${micros} * interval '1 microsecond'`
      return when('number', `case when ${ms} between 0 and ${MAX_TIMESTAMP} then ${time} end`)
    }
    case 'integer': {
      const number = `(${text})::numeric`
      const whole = `${number} = trunc(${number}) and abs(${number}) <= ${Number.MAX_SAFE_INTEGER}`
      return when('number', `case when ${whole} then ${number}::bigint end`)
    }
    default:
      return when('number', `(${text})::float8`)
  }
}

/**
 * See `SharedTexts` in the contract: each item of the list is a piece, a list of such items or of lists of them, or a text, as
 * its first character says.
 */
export function wholeText(column: string, texts: string): string {
  const of = (piece: string) =>
    `${piece}.tenant = s.tenant and ${piece}.trace_day = s.trace_day and ${piece}.trace_id = s.trace_id`
  const items = (json: string, name: string) =>
    `jsonb_array_elements_text(${json}) with ordinality as ${name}(value, place)`
  const part = `case left(n.value, 1) when '=' then substr(n.value, 2) when ',' then ',' || p.text else p.text end`
  const within = (item: string, list: string, inner: string) => {
    const listed = `case when ${list}.text is null then jsonb_build_array(${item}.value) else ${list}.text::jsonb end`
    return (
      `left join ${texts} ${list} on left(${item}.value, 1) = '@' and ${of(list)} and ${list}.name = substr(${item}.value, 2) ` +
      `cross join lateral ${items(listed, inner)} `
    )
  }
  const parts =
    `select string_agg(${part}, '' order by e.place, m.place, n.place) from ${items(`substr(${column}, 10)::jsonb`, 'e')} ` +
    `${within('e', 'k', 'm')}${within('m', 'l', 'n')}` +
    `left join ${texts} p on left(n.value, 1) <> '=' and ${of('p')} and p.name = substr(n.value, 2)`
  return `case when left(${column}, 1) = '*' then (${parts}) else ${column} end`
}
