import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InvalidInput } from '../../platform/errors.ts';

const raw = new WeakMap<FastifyRequest, Buffer>();

/** The bytes of a request's JSON body, as its sender signed them. */
export function rawBody(request: FastifyRequest): Buffer {
  return raw.get(request) ?? Buffer.alloc(0);
}

/** Reads JSON bodies strictly: invalid UTF-8 and prototype keys are refused instead of being mended silently. */
export function parseJsonBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    raw.set(request, body);
    try {
      done(null, readJson(body));
    } catch (error) {
      done(faultOf(error));
    }
  });
}

/** Keeps JSON bodies as bytes, for doors that must know who sent them before they are read: `rawBody`, then `readRawBody`. */
export function keepJsonBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    raw.set(request, body);
    done(null, undefined);
  });
}

/** Reads what was kept, as strictly as any body. */
export function readRawBody(request: FastifyRequest): unknown {
  try {
    return readJson(rawBody(request));
  } catch (error) {
    throw faultOf(error);
  }
}

function readJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new InvalidInput('The body is not valid UTF-8.');
  return JSON.parse(body.toString('utf8'), (key, member: unknown) => {
    if (key === '__proto__') throw new InvalidInput('The body holds a key __proto__.');
    return member;
  });
}

function faultOf(error: unknown): InvalidInput {
  if (error instanceof InvalidInput) return error;
  // The reader ran out of stack: valid perhaps, but nested thousands of levels deep.
  return new InvalidInput(error instanceof RangeError ? 'The body is nested too deeply. Send something flatter.' : 'The body is not valid JSON.');
}
