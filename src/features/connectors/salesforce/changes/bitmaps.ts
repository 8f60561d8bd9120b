import type { types } from 'avsc';

/** A type of Avro, as far as names of fields are read from it. */
type AvroType = ReturnType<typeof types.RecordType.forSchema>;

/** The positions that a bitmap such as `0x650004E0` sets: its lowest bit is the first field of the schema. */
function positionsOf(bitmap: string): number[] {
  if (!/^0x[0-9a-fA-F]{1,4096}$/.test(bitmap)) throw new Error('a bitmap of fields is not hexadecimal');
  const bits = BigInt(bitmap);
  const length = bits.toString(2).length;
  return Array.from({ length }, (_, position) => position).filter((position) => ((bits >> BigInt(position)) & 1n) === 1n);
}

function recordOf(type: AvroType): types.RecordType | null {
  if ('fields' in type) return type as types.RecordType;
  if ('types' in type) return (type as types.UnwrappedUnionType).types.map((each) => recordOf(each)).find((each) => each !== null) ?? null;
  return null;
}

function fieldAt(type: types.RecordType, position: number): types.RecordType['fields'][number] {
  const field = type.fields[position];
  if (!field) throw new Error('a bitmap names a field that the schema does not have');
  return field;
}

/**
 * The fields that bitmaps of a change event name. `0x…` has a bit for each field of the event; `5-0x…` has one for each part of
 * the compound field at position 5, and comes to names such as `Name.FirstName`.
 */
export function fieldsOfBitmaps(type: AvroType, bitmaps: readonly string[]): string[] {
  const event = recordOf(type);
  if (!event) throw new Error('the schema of an event is no record');
  return bitmaps.flatMap((bitmap) => {
    const [, position, parts] = /^(\d{1,5})-(0x.+)$/.exec(bitmap) ?? [];
    if (position === undefined || parts === undefined) return positionsOf(bitmap).map((each) => fieldAt(event, each).name);
    const field = fieldAt(event, Number(position));
    const compound = recordOf(field.type);
    return compound ? positionsOf(parts).map((each) => `${field.name}.${fieldAt(compound, each).name}`) : [field.name];
  });
}
