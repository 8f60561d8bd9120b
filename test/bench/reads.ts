import { compare, type Bench } from './bench.ts';
import { httpContestant } from './http-contestant.ts';
import { Caller } from './load.ts';
import { startPart, type Part, type PartOptions } from './part.ts';
import { createTranslator } from './postgraphile-answers.ts';
import { preparePostgraphile } from './postgraphile-sql.ts';
import { handBodies, postgraphileBodies, programBodies, walkPages, type Bodies } from './read-bodies.ts';
import { differences } from './same-answers.ts';

const connections = 4;
/** How many pages of each kind are compared field by field. */
const compared = 10;
/** Pages are computed, not taken from what was kept; without it, a page asked for again may be. */
const computed = { 'cache-control': 'no-cache' };

interface Server {
  readonly name: string;
  readonly part: Part;
  readonly caller: Caller;
  readonly bodies: Bodies;
  /** An answer's data in the program's shape. */
  translate(operation: Operation, data: object): object;
}

type Operation = keyof Bodies;

const titles: Readonly<Record<Operation, string>> = {
  account: 'Account page of one account',
  twenty: 'Context graph of 20 accounts in one request',
  portfolio: 'Portfolio page: 20 accounts by score, filtered',
  feed: 'Signal feed: second page of 50',
};

/** Serves the same four pages by the program, by hand-written SQL in two forms, and by PostGraphile, turn by turn; then one page again and again. */
export async function measureReads(bench: Bench): Promise<void> {
  const servers = await startServers(bench);
  try {
    const measured = (Object.entries(titles) as [Operation, string][]).filter(([operation]) => servers.every(({ bodies }) => bodies[operation].length > 0));
    for (const [operation] of measured) await checkSame(servers, operation);
    if (measured.length < Object.keys(titles).length) bench.report.note('the data is too small for some of the pages; they are not measured');
    for (const [operation, title] of measured) {
      await compare(bench, { name: `reads.${operation}`, title, unit: 'request', contestants: servers.map(({ name, part, caller, bodies }) => httpContestant(bench, { name, part, caller, connections, bodies: bodies[operation], headers: computed })) });
    }
    await compare(bench, { name: 'reads.warm', title: 'Account page again, nothing changed', unit: 'request', contestants: servers.map(({ name, part, caller, bodies }) => httpContestant(bench, { name, part, caller, connections, bodies: bodies.account.slice(0, 1) })) });
    for (const { part } of servers.slice(0, 1)) bench.report.note(`program after the reads: ${Math.round((await part.ask<number>('memory')) / 1e6)} MB resident`);
  } finally {
    for (const { part, caller } of servers) {
      caller.close();
      await part.stop();
    }
  }
}

async function startServers({ options, adminUrl, tenantId, masterKey, token }: Bench): Promise<Server[]> {
  await preparePostgraphile(adminUrl);
  const authorization = { authorization: `Bearer ${token}` };
  const start = async (file: string, own: Partial<PartOptions> = {}): Promise<{ part: Part; caller: Caller }> => {
    const part = await startPart(file, { ...options, ...own });
    return { part, caller: new Caller(part.url, connections, authorization) };
  };
  const [program, bare, guarded, postgraphile] = [await start('./program-part.ts', { answerBytes: 32 * 1_024 * 1_024 }), await start('./hand-part.ts'), await start('./hand-part.ts', { guarded: true }), await start('./postgraphile-part.ts')];
  const pages = await walkPages(program.caller);
  const [hand, same] = [handBodies(tenantId, pages), (_operation: Operation, data: object): object => data];
  return [
    { name: 'program', ...program, bodies: programBodies(pages), translate: same },
    { name: 'by hand', ...bare, bodies: hand, translate: same },
    { name: 'by hand with token and transaction', ...guarded, bodies: hand, translate: same },
    { name: 'PostGraphile', ...postgraphile, bodies: await postgraphileBodies(postgraphile.caller, tenantId, pages), translate: createTranslator(masterKey) },
  ];
}

/** A server that answers less, or something else, would look fast: every field must be as the program's. */
async function checkSame(servers: readonly Server[], operation: Operation): Promise<void> {
  const most = Math.min(compared, ...servers.map(({ bodies }) => bodies[operation].length));
  for (let number = 0; number < most; number += 1) {
    const answers = await Promise.all(servers.map(async ({ name, caller, bodies, translate }) => {
      const { data, errors } = JSON.parse(await caller.post('/graphql', bodies[operation][number] ?? '')) as { data: object; errors?: object };
      if (errors) throw new Error(`${name} answers ${operation} with ${JSON.stringify(errors).slice(0, 800)}`);
      return { name, data: translate(operation, data) };
    }));
    for (const { name, data } of answers.slice(1)) {
      const found = differences(answers[0]?.data, data);
      if (found.length > 0) throw new Error(`${name} answers page ${number} of ${operation} otherwise than the program: ${found.slice(0, 12).join('; ')}`);
    }
  }
}
