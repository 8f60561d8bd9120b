/** A URL whose sessions are bound to a tenant from their beginning, so that a baseline spends no statement on it. */
export function asTenant(databaseUrl: string, tenantId: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set('options', `-c app.tenant=${tenantId} -c TimeZone=UTC`);
  return url.href;
}
