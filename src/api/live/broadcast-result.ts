import { randomUUID } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import { textFrame, textFrameHead } from './text-frame.ts';

// Nobody can know it beforehand, so no tenant's data can contain it.
const marker = `shared-${randomUUID()}`;
const place = `"payload":"${marker}"`;
/** Up to so many bytes, copying a result into each frame is cheaper than a second buffer per write. */
const copiedUpTo = 4_096;

/**
 * The result of one execution that goes to many subscribers. It is turned into JSON once. Each subscriber gets a message
 * with an id of its own around it: `frame` is that message as bytes of the WebSocket protocol, the same buffer for
 * subscribers that chose equal ids. A message that graphql-ws writes holds a marker instead, and `withShared` puts the
 * result in its place before the message is sent.
 */
export class SharedResult {
  readonly #json: Buffer;
  #framed: { readonly id: string; readonly frame: readonly Buffer[] } | null = null;

  constructor(result: ExecutionResult) {
    this.#json = Buffer.from(`${JSON.stringify(result)}}`);
  }

  toJSON(): string {
    last = this.#json.toString('utf8', 0, this.#json.length - 1);
    return marker;
  }

  /** The frame of the `next` message of an operation, in one buffer or two. */
  frame(id: string): readonly Buffer[] {
    if (this.#framed?.id === id) return this.#framed.frame;
    const start = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
    const frame = this.#json.length <= copiedUpTo ? [textFrame(start, this.#json)] : [Buffer.concat([textFrameHead(start.length + this.#json.length), start]), this.#json];
    this.#framed = { id, frame };
    return frame;
  }
}

/** The text of the shared result that was written last. Writing and sending a message happen in one turn. */
let last = '';

/** Puts the shared result into a message that was written around one. */
export function withShared(message: string): string {
  if (last === '') return message;
  const result = last;
  last = '';
  const at = message.lastIndexOf(place);
  return at < 0 ? message : `${message.slice(0, at)}"payload":${result}${message.slice(at + place.length)}`;
}
