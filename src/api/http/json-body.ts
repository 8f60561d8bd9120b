import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { cpuMilliseconds } from '../../platform/cpu-time.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { readJsonText, withinStack } from '../../platform/exact-json.ts';
import { checkStorable } from '../../platform/storable-text.ts';
import { RequestSlot } from './request-slot.ts';
import { startTurn, turnOf } from './request-turn.ts';

/** Where the graph is. */
export const graphPath = '/graphql';

const raw = new RequestSlot<Buffer>();

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
      const value = readJson(body);
      // The graph has its own check, which knows variables from documents.
      if (request.routeOptions.url !== graphPath) checkTexts(value, body);
      return value;
    } catch (error) {
      throw faultOf(error);
    } finally {
      turnOf(request)?.measured(cpuMilliseconds() - began);
    }
  });
}

/** Keeps bodies of these content types as bytes, for doors that must know who sent them before they are read: `rawBody`, then `readRawBody`. */
export function keepBodies(app: FastifyInstance, contentTypes: readonly string[]): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser([...contentTypes], { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    raw.set(request, body);
    done(null, undefined);
  });
}

/** Reads what was kept, as strictly as any body. */
export function readRawBody(request: FastifyRequest): unknown {
  try {
    const value = readJson(rawBody(request));
    checkTexts(value, rawBody(request));
    return value;
  } catch (error) {
    throw faultOf(error);
  }
}

function readJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new InvalidInput('The body is not valid UTF-8.');
  if (body.length === 0) throw new InvalidInput('The body is empty. Send JSON, or leave Content-Type out.');
  return withinStack(() => readJsonText(body.toString('utf8')));
}

/** Only an escape brings in a character that cannot be stored: raw, it is neither UTF-8 nor JSON. */
function checkTexts(value: unknown, body: Buffer): void {
  if (body.includes('\\u')) checkStorable(value, []);
}

function faultOf(error: unknown): InvalidInput {
  if (error instanceof InvalidInput) return error;
  return new InvalidInput('The body is not valid JSON.');
}
