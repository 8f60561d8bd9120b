import type { WebhookSecret } from '../features/connectors/index.ts';
import type { DemoToken } from './demo-access.ts';

/** Tells whoever started the program where it is and, for the demo, how to get in. */
export function announce({ url, healthUrl, tokens, webhook }: { url: string | null; healthUrl: string; tokens: readonly DemoToken[]; webhook: WebhookSecret | null }): void {
  const lines = url === null ? ['Running without the API.'] : [`Graph      ${url}/graphql`, `Console    ${url}/console/`, `GraphiQL   ${url}/graphiql`];
  lines.push(`Health     ${healthUrl}/health/detailed`, `Metrics    ${healthUrl}/metrics`);
  if (tokens.length > 0) {
    lines.push('', 'Demo tokens, valid for 24 hours (Authorization: Bearer …):');
    for (const { tenant, role, token } of tokens) lines.push(`  ${tenant.padEnd(9)} ${role.padEnd(15)} ${token}`);
  }
  if (url !== null && webhook) lines.push('', 'A signed webhook:', curlLine(url, webhook));
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
}

function curlLine(url: string, { id, secret }: WebhookSecret): string {
  return [
    `  BODY='{"AccountId":"test-account-001","Id":"oppty-123","StageName":"Demo Scheduled"}'; NOW=$(date +%s)`,
    `  SIGNATURE=$(printf '%s.%s' "$NOW" "$BODY" | openssl dgst -sha256 -mac HMAC -macopt hexkey:${secret.toString('hex')} -r | cut -d' ' -f1)`,
    `  curl -s ${url}/api/integrations/salesforce/webhook -H 'Content-Type: application/json' -H 'X-Webhook-Id: ${id}' \\`,
    `    -H "X-Webhook-Timestamp: $NOW" -H "X-Webhook-Signature: sha256=$SIGNATURE" -d "$BODY"`,
  ].join('\n');
}
