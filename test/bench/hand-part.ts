import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { openAsker } from './hand-asker.ts';
import { pages } from './hand-pages.ts';
import { readPart, servePart } from './part.ts';

/** Bare Node and `pg`: one prepared statement per page, the score computed and people's names opened as the program does. */
const asker = openAsker(readPart());
const server = createServer((request, response) => {
  void (async () => {
    const { page = '', variables } = JSON.parse(await text(request)) as { page?: string; variables: Record<string, string> };
    const body = JSON.stringify({ data: await asker.answer(request.headers.authorization, async (ask) => pages[page]?.(ask, variables)) });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  })().catch((error: unknown) => response.writeHead(500).end(String(error)));
});
await servePart(server, {}, () => asker.close());
