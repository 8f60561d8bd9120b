import { request } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrange, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: ['api'] });
  for (const name of ['alpha', 'beta']) await program.account(name);
});
afterAll(() => program.close());

type Body = ConstructorParameters<typeof Response>[0];
interface Answer {
  readonly status: number;
  readonly body: { readonly rows: number; readonly taken: number; readonly duplicates: number; readonly refused: number; readonly errors: readonly { line: number; code: string; message: string }[]; readonly error?: { code: string; message: string } };
}
async function send(kind: 'outcomes' | 'signals', body: Body, role: 'analyst' | 'viewer' = 'analyst', type = 'text/csv'): Promise<Answer> {
  const headers = { authorization: `Bearer ${await program.token(role)}`, 'content-type': type };
  const answer = await fetch(`${program.url}/api/laboratory/${kind}`, { method: 'POST', headers, body, ...(typeof body === 'string' ? {} : { duplex: 'half' }) } as RequestInit);
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}
const stored = (table: string): Promise<number> => program.count(`select from lab.${table}`);

describe('a file of outcomes', () => {
  const lines = (separator: string, end: string): string =>
    [['External ID', 'Result', 'Closed At', 'Amount', 'Currency', 'Account System', 'Account External ID'], ['o1', 'won', '2026-01-05', '1200.50', 'usd', 'salesforce', 'alpha'], ['o2', 'LOST', '2026-02-05T10:00:00Z', '', '', 'salesforce', 'beta']]
      .map((fields) => fields.join(separator)).join(end) + end;

  test.each([['commas', ',', '\n'], ['semicolons and a byte order mark', ';', '\r\n'], ['tabs', '\t', '\n'], ['bars', '|', '\r\n']])('may have %s', async (name, separator, end) => {
    const text = lines(separator, end).replaceAll('o1', `${name}-1`).replaceAll('o2', `${name}-2`);
    const { status, body } = await send('outcomes', name.includes('mark') ? `\ufeff${text}` : text);
    expect({ status, ...body }).toMatchObject({ status: 200, rows: 2, taken: 2, duplicates: 0, refused: 0, errors: [] });
    expect(await program.rows('select result, amount_minor::int as amount, currency from lab.outcome where external_id like $1 order by external_id', [`${name}-%`])).toEqual([{ result: 'WON', amount: 120_050, currency: 'USD' }, { result: 'LOST', amount: null, currency: null }]);
    expect((await send('outcomes', text)).body).toMatchObject({ taken: 0, duplicates: 2 });
  });

  test('says of each row that cannot be taken why, and takes the others', async () => {
    const head = 'external_id,result,closed_at,amount,currency,account_system,account_external_id';
    const rows = ['g1,WON,2026-03-01,10,USD,salesforce,alpha', 'b1,WON,,,,salesforce,alpha', 'b2,MAYBE,2026-03-01,,,salesforce,alpha', 'b3,WON,2026-02-30,,,salesforce,alpha', 'b4,WON,2999-01-01,,,salesforce,alpha', 'b5,WON,2026-03-01,1.234,USD,salesforce,alpha',
      'b6,WON,2026-03-01,5,,salesforce,alpha', 'b7,WON,2026-03-01,,,salesforce,nobody', 'b8,WON', ',WON,2026-03-01,,,salesforce,alpha', 'b9,WON,2026-03-01,,,,', '"g2",WON,2026-03-01,,,salesforce,"alpha"'];
    const { status, body } = await send('outcomes', [head, ...rows].join('\n'));
    expect({ status, ...body }).toMatchObject({ status: 200, rows: 12, taken: 2, refused: 10 });
    expect(body.errors.map(({ line }) => line).toSorted((one, other) => one - other)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(body.errors.map(({ message }) => message)).toContain('closedAt is missing.');
    expect(body.errors.map(({ message }) => message)).toContain('Line 10 does not have as many fields as the first line.');
  });

  test('of which nothing can be read changes nothing', async () => {
    const before = await stored('outcome');
    const refused = [['', 'has no rows'], ['external_id,result\na,WON\n', 'lacks closed_at'], ['external_id,result,closed_at,phone\na,WON,2026-01-01,1\n', 'also has "phone"'], ['external_id,result,closed_at,result\na,WON,2026-01-01,WON\n', 'twice'], ['external_id,result,closed_at\n', 'has no rows']] as const;
    for (const [text, says] of refused) {
      const { status, body } = await send('outcomes', text || '\n');
      expect({ status, message: body.error?.message }).toEqual({ status: 400, message: expect.stringContaining(says) as string });
    }
    const unclosed = (await send('outcomes', 'external_id,result,closed_at\n"a,WON,2026-01-01\n')).body;
    expect({ ...unclosed }).toMatchObject({ taken: 0, refused: 1, errors: [{ message: expect.stringContaining('quotation mark') as string }] });
    expect((await send('outcomes', 'external_id,result,closed_at\n', 'viewer')).status).toBe(403);
    expect((await send('outcomes', '{}', 'analyst', 'application/json')).status).toBe(415);
    expect(await stored('outcome')).toBe(before);
  });
});

test('a large file of signals is read as it comes, and a larger one is refused whole', async () => {
  const start = Date.parse('2025-01-01T00:00:00Z');
  function* rows(count: number): Generator<string> {
    yield 'type,occurred_at,event_id,account_system,account_external_id\n';
    for (let row = 0; row < count; row += 1) yield `meeting,${new Date(start + row * 1_000).toISOString()},event-${row},salesforce,alpha\n`;
  }
  const { status, body } = await send('signals', Readable.toWeb(Readable.from(rows(20_000), { objectMode: false })) as unknown as Body);
  expect({ status, ...body }).toMatchObject({ status: 200, rows: 20_000, taken: 20_000 });
  expect(await stored('history_signal')).toBe(20_000);
  const { hostname, port } = new URL(program.url);
  const headers = { authorization: `Bearer ${await program.token('analyst')}`, 'content-type': 'text/csv', 'content-length': 101 * 1024 * 1024 };
  const refusal = await new Promise<number | undefined>((resolve, reject) => {
    const asked = request({ hostname, port, path: '/api/laboratory/signals', method: 'POST', headers }, (answer) => {
      resolve(answer.statusCode);
      asked.destroy();
    });
    asked.on('error', reject).flushHeaders();
  });
  expect(refusal).toBe(400);
  expect(await stored('history_signal')).toBe(20_000);
});
