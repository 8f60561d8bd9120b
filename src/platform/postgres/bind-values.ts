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
  let text = '{';
  for (let place = 0; place < values.length; place += 1) text += (place === 0 ? '' : ',') + elementText(values[place]);
  return `${text}}`;
}

function elementText(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return arrayText(value);
  const bound = bindValue(value);
  return typeof bound === 'string' ? quoted(bound) : `"\\\\x${bound?.toString('hex') ?? ''}"`;
}

/** Most texts hold nothing that an array would read as something else. */
function quoted(text: string): string {
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
