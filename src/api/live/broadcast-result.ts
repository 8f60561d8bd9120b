import { randomUUID } from 'node:crypto';
import type { ExecutionResult } from 'graphql';

// Nobody can know it beforehand, so no tenant's data can contain it.
const marker = `shared-${randomUUID()}`;
const place = `"payload":"${marker}"`;

/**
 * The result of one execution that goes to many subscribers. Each gets a message with an id of its own around it, so the
 * message is written per subscriber; but the result in it, the long part, is turned into JSON once: it leaves a marker
 * when the message is written, and `withShared` puts the text in its place before the message is sent.
 */
export class SharedResult {
  readonly #json: string;

  constructor(result: ExecutionResult) {
    this.#json = JSON.stringify(result);
  }

  toJSON(): string {
    last = this.#json;
    return marker;
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
