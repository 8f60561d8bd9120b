import type { Schema, Type } from 'avsc';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { VendorFault } from '../../outbound/vendor-fault.ts';

/** Schemas that a session keeps: one for each version of each kind of event. */
const mostSchemas = 200;
const answer = z.looseObject({ schema_json: z.string() });

/** Finds the type of events by the id of their schema; each schema is asked for once. Throws `VendorFault`. */
export function createSchemas(getSchema: (id: string) => Promise<unknown>): (id: string) => Promise<Type> {
  const known = new LRUCache<string, Promise<Type>>({ max: mostSchemas });
  const read = async (id: string): Promise<Type> => {
    const { success, data } = answer.safeParse(await getSchema(id));
    try {
      if (success) return await toType(data.schema_json);
    } catch {
      // Told below.
    }
    throw new VendorFault('UNREADABLE', 'Salesforce described change events in a form that is no schema of Avro.');
  };
  return (id) => {
    const held = known.get(id);
    if (held) return held;
    const type = read(id);
    known.set(id, type);
    type.catch(() => known.delete(id));
    return type;
  };
}

/** Avro is loaded with the first schema. Its 64-bit numbers are read exactly, since those of commits may be beyond 2^53. */
async function toType(json: string): Promise<Type> {
  const { default: avro } = await import('avsc');
  const long = avro.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(value);
      return bytes;
    },
    fromJSON: BigInt,
    toJSON: Number,
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: (one: bigint, other: bigint) => (one < other ? -1 : one > other ? 1 : 0),
  });
  return avro.Type.forSchema(JSON.parse(json) as Schema, { typeHook: (schema) => (isLong(schema) ? long : undefined) });
}

const isLong = (schema: unknown): boolean => schema === 'long' || (schema !== null && typeof schema === 'object' && 'type' in schema && schema.type === 'long');
