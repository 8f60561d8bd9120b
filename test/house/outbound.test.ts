import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** What can open a connection by itself, or start a program that does. */
const openers = /^(?:node:)?(?:https?|http2|net|tls|dgram|dns|child_process|cluster|worker_threads|module|inspector)(?:\/|$)|^(?:undici|@grpc\/grpc-js|ws|node-fetch|axios|got|ky|superagent|eventsource|nodemailer)(?:\/|$)/;
/** What can do so without an import. */
const globals: ReadonlySet<string> = new Set(['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'globalThis', 'global', 'require']);
/** Ways to a built-in module that are no import. */
const hidden: ReadonlySet<string> = new Set(['getBuiltinModule', 'binding', 'sendBeacon']);

/**
 * The only files that may open connections themselves, with what each uses. A new line is a decision: calls to other systems
 * go through src/platform/outbound-http.ts, which is closed in the laboratory.
 */
const allowed: Readonly<Record<string, string>> = {
  // The gate.
  'src/platform/outbound-http.ts': 'fetch node:https node:net',
  'src/platform/public-address.ts': 'node:dns node:net',
  // The one vendor stream that is not HTTP/1: `requireOutbound` comes before each of its calls, as the last test checks.
  'src/features/connectors/salesforce/changes/channel.ts': '@grpc/grpc-js',
  // The installation's own database and Kafka, which the laboratory reads with the rights of its role.
  'src/platform/postgres/pool.ts': 'node:net',
  'src/platform/events/kafka-connection.ts': 'node:net node:tls',
  // The embedded database server, started as a child.
  'src/platform/postgres/leftover-server.ts': 'node:child_process',
  'src/platform/postgres/server-binaries.ts': 'node:module',
  'src/platform/postgres/server-process.ts': 'node:child_process node:net',
  'src/platform/postgres/server-user.ts': 'node:child_process',
  // Listens only.
  'src/app/require-free-port.ts': 'node:net',
  'src/api/live/socket.ts': 'ws',
  // Take from these modules what opens nothing: isIP, BlockList, STATUS_CODES.
  'src/api/limits/client-address.ts': 'node:net',
  'src/api/limits/address-key.ts': 'node:net',
  'src/api/http/request-id.ts': 'node:net',
  'src/api/http/malformed-request.ts': 'node:http',
  'src/api/http/local-request.ts': 'node:net',
  'src/features/erasure/json-person.ts': 'node:net',
  // The demo calls its own webhooks as a vendor would; the command `webhook` is a client of the program.
  'src/app/demo-vendors.ts': 'fetch',
  'src/app/webhook.ts': 'fetch',
};

/** Clients of vendors bring a transport of their own: each of these files gives them the gate's instead, or asks it before each call. */
const clients = /^(?:@slack\/web-api|@notionhq\/client|@hubspot\/api-client\/lib\/codegen\/.*\/index\.js|@jsforce\/jsforce-node|jira\.js|@ai-sdk\/openai|@grpc\/grpc-js)(?:\/|$)/;

interface Source {
  readonly file: string;
  /** Modules whose values it imports. */
  readonly modules: readonly string[];
  /** Globals that it uses as values. */
  readonly globals: readonly string[];
  /** Whether it uses the gate, besides importing it. */
  readonly isGated: boolean;
}

function read(file: string, text: string): Source {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const modules: string[] = [];
  const declared: { readonly name: string; readonly scope: ts.Node }[] = [];
  const names: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    // Types open nothing.
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isImportDeclaration(node)) {
      if (!node.importClause?.isTypeOnly) modules.push(textOf(node.moduleSpecifier));
      return;
    }
    if (ts.isExportDeclaration(node) && node.moduleSpecifier && !node.isTypeOnly) modules.push(textOf(node.moduleSpecifier));
    if (ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(node.expression) && node.expression.text === 'require'))) modules.push(textOf(node.arguments[0]));
    if ((ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node)) && ts.isIdentifier(node.name)) declared.push({ name: node.name.text, scope: scopeOf(node) });
    if (ts.isIdentifier(node)) names.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  const isShadowed = (name: ts.Identifier): boolean => declared.some((each) => each.name === name.text && each.scope.pos <= name.pos && name.end <= each.scope.end);
  return {
    file, modules,
    globals: names.filter((name) => hidden.has(name.text) || (globals.has(name.text) && !isName(name) && !isShadowed(name))).map(({ text: found }) => found),
    isGated: names.some(({ text: found }) => /^(?:outboundFetch|requireOutbound)$/.test(found)),
  };
}

const textOf = (node: ts.Node | undefined): string => (node && ts.isStringLiteralLike(node) ? node.text : 'computed');

/** What a declaration is seen in. */
function scopeOf(node: ts.Node): ts.Node {
  let scope = node.parent;
  while (!ts.isFunctionLike(scope) && !ts.isBlock(scope) && !ts.isSourceFile(scope) && !ts.isForOfStatement(scope) && !ts.isForStatement(scope)) scope = scope.parent;
  return scope;
}

/** Whether an identifier names a property or a declaration, and no value that is used. */
function isName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isBindingElement(parent)) return parent.propertyName === node || parent.name === node;
  return 'name' in parent && parent.name === node;
}

async function sources(): Promise<Source[]> {
  const found = await Promise.all(['src', 'migrations'].map(async (folder) => (await readdir(join(root, folder), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && /(?<!\.d)\.tsx?$/.test(entry.name)).map((entry) => relative(root, join(entry.parentPath, entry.name)))));
  // The console runs in a browser.
  return Promise.all(found.flat().filter((file) => !file.startsWith('src/console/')).map(async (file) => read(file, await readFile(join(root, file), 'utf8'))));
}

const used = (source: Source): string => [...new Set([...source.globals, ...source.modules.filter((name) => openers.test(name) || name === 'computed')])].toSorted().join(' ');

test('only the files of the table open connections themselves', async () => {
  const found = (await sources()).map((source) => [source.file, used(source)] as const).filter(([, what]) => what !== '');
  expect(Object.fromEntries(found)).toEqual(allowed);
});

test('whoever loads the client of a vendor uses the gate', async () => {
  const loaders = (await sources()).filter(({ modules }) => modules.some((name) => clients.test(name)));
  expect(loaders.length).toBeGreaterThan(5);
  expect(loaders.filter(({ isGated }) => !isGated).map(({ file }) => file)).toEqual([]);
});

const ways: readonly (readonly [string, string])[] = [
  ['a call', 'await fetch(url)'], ['a call below another name', 'const ask = fetch;'], ['handed on', 'open({ fetch: fetch })'], ['a default', 'const send = given ?? fetch;'], ['an argument', 'wrap(fetch)'],
  ['the global object', 'globalThis.fetch(url)'], ['a module', 'import { request } from \'node:http\';'], ['a loaded module', 'const { Agent } = await import(\'undici\');'], ['a socket', 'new WebSocket(url)'], ['within a template', '`${await fetch(url)}`'],
  ['required', 'const net = require(\'net\');'], ['a builtin', 'process.getBuiltinModule(name)'], ['a computed module', 'await import(name)'], ['by shorthand', 'open({ fetch })'], ['exported on', 'export { connect } from \'node:tls\';'],
];
test.each(ways)('a way around the gate is seen: %s', (_name, text) => expect(used(read('x.ts', text))).not.toBe(''));

const harmless = ['import type { Server } from \'node:http\';', 'const { fetch } = Broker.prototype; fetch();', 'fetches.map((fetch) => fetch.owner)', 'this.fetch(); open({ fetch: outboundFetch })', 'let plain: typeof fetch;', '// fetch(url)\n', 'const text = \'fetch(url)\';'];
test.each(harmless)('%s opens nothing', (text) => expect(used(read('x.ts', text))).toBe(''));
