/** A value as the wire protocol takes it: the text form, raw bytes, or null. */
export type BoundValue = string | Buffer | null;

/** Turns a value of the program into what the wire protocol takes. */
export function bindValue(value: unknown): BoundValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return arrayText(value);
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} cannot be sent to the database`);
  return JSON.stringify(value);
}

function arrayText(values: readonly unknown[]): string {
  return `{${values.map(elementText).join()}}`;
}

function elementText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return arrayText(value);
  const bound = bindValue(value);
  return typeof bound === 'string' ? `"${bound.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : `"\\\\x${bound?.toString('hex') ?? ''}"`;
}
