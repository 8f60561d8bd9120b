import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { cpuMilliseconds } from '../../platform/cpu-time.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { startTurn, turnOf } from './request-turn.ts';

const raw = new WeakMap<FastifyRequest, Buffer>();

/** The bytes of a request's JSON body, as its sender signed them. */
export function rawBody(request: FastifyRequest): Buffer {
  return raw.get(request) ?? Buffer.alloc(0);
}

/** Reads JSON bodies strictly: invalid UTF-8 and prototype keys are refused instead of being mended silently. */
export function parseJsonBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    raw.set(request, body);
    await startTurn(request);
    const began = cpuMilliseconds();
    try {
      return readJson(body);
    } catch (error) {
      throw faultOf(error);
    } finally {
      turnOf(request)?.measured(cpuMilliseconds() - began);
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
  if (isDeep(body)) throw new InvalidInput('The body is nested too deeply. Send something flatter.');
  const text = body.toString('utf8');
  // Looking at every member takes five times as long as reading them; few bodies can hold such a key.
  if (!/__proto__|\\u005f/i.test(text)) return JSON.parse(text);
  return JSON.parse(text, (key, member: unknown) => {
    if (key === '__proto__') throw new InvalidInput('The body holds a key __proto__.');
    return member;
  });
}

function faultOf(error: unknown): InvalidInput {
  if (error instanceof InvalidInput) return error;
  return new InvalidInput('The body is not valid JSON.');
}

/** Levels of objects and lists in a body: what is deeper may exhaust the stack of whoever walks it. */
const mostLevels = 1_000;
const [quote, backslash, brace, bracket, braceEnd, bracketEnd] = Buffer.from('"\\{[}]');

function isDeep(body: Buffer): boolean {
  let level = 0;
  let inText = false;
  for (let place = 0; place < body.length; place += 1) {
    const byte = body[place];
    if (inText) {
      if (byte === backslash) place += 1;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (byte === brace || byte === bracket) level += 1;
    else if (byte === braceEnd || byte === bracketEnd) level -= 1;
    if (level > mostLevels) return true;
  }
  return false;
}
