import { type Labels, labelTexts } from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Row } from '../database.js'
import { Codec, type Patch } from './codec.js'

/** The field by whose index documents are found by their labels: one text for each. */
const FIELD = 'labelled'

/** Documents with labels: as they are told, and as they are looked for. */
export class LabelledCodec<T extends { labels?: Labels }> extends Codec<T> {
  override toRow(tenant: string, value: T): Row {
    const row = super.toRow(tenant, value)
    return value.labels === undefined ? row : { ...row, [FIELD]: textsOf(value.labels) }
  }

  override toPatch(value: Partial<T>): Patch {
    const { $set, $unset } = super.toPatch(value)
    if (!Object.hasOwn(value, 'labels')) return { $set, ...($unset && { $unset }) }
    if (value.labels === undefined) return { $set, $unset: { ...$unset, [FIELD]: '' } }
    return { $set: { ...$set, [FIELD]: textsOf(value.labels) }, ...($unset && { $unset }) }
  }
}

/** Conditions of which each asks for one label. */
export function whereLabelled(labels: Labels | undefined): Document[] {
  return textsOf(labels).map((text) => ({ [FIELD]: text }))
}

/** No name has an equals sign. */
function textsOf(labels: Labels | undefined): string[] {
  return labelTexts(labels).map(([name, text]) => `${name}=${text}`)
}
