import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { systemClock } from '../platform/clock.ts';
import { readConfig } from './config.ts';
import { CommandFault, runCommand } from './run-command.ts';

const usage = `Usage: npm run webhook -- [--account test-account-001] [--stage "Demo Scheduled"] [--url http://127.0.0.1:4000]

Sends a signed Salesforce webhook to the demo that runs on this machine, and prints the request and the response.
The running program hands out the secret, to this machine alone. Without --url it asks HOST and PORT.
`;

const settings = z.object({ webhook: z.object({ id: z.string(), secret: z.string() }).optional() });
const text = { type: 'string' } as const;

await runCommand({ usage, options: { account: text, stage: text, url: text } }, async ({ account = 'test-account-001', stage = 'Demo Scheduled', url }) => {
  const { host, port } = readConfig();
  const at = url ?? `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
  if (URL.parse(at) === null) throw new CommandFault('--url must be a URL such as http://127.0.0.1:4000.');
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(new URL(path, at), init).catch(() => {
      throw new CommandFault(`The program does not answer at ${at} (HOST, PORT). Start it first (npm start), or name its address with --url.`);
    });
  const { webhook } = settings.parse(await (await ask('/graphiql/settings.json')).json());
  if (!webhook) throw new CommandFault(`The program at ${at} runs no demo, is still starting, or is not on this machine. Make a secret with the mutation createWebhookSecret.`);
  const body = JSON.stringify({ AccountId: account, Id: 'oppty-123', StageName: stage });
  const now = String(Math.floor(systemClock.now().getTime() / 1_000));
  const signature = createHmac('sha256', Buffer.from(webhook.secret, 'hex')).update(`${now}.${body}`).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-webhook-id': webhook.id, 'x-webhook-timestamp': now, 'x-webhook-signature': `sha256=${signature}` };
  const path = '/api/integrations/salesforce/webhook';
  process.stdout.write(`POST ${path}\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n${body}\n\n`);
  const response = await ask(path, { method: 'POST', headers, body });
  process.stdout.write(`${response.status} ${await response.text()}\n`);
  return response.ok ? 0 : 1;
});
