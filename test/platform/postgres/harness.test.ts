import { Client } from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../harness/database.ts';

test('a test database is the migrated template, reached as the program and as its owner', async () => {
  const database = await createTestDatabase();
  const app = new Client({ connectionString: database.url });
  await app.connect();
  const { rows } = await app.query('select current_user as "user", current_database() as name, count(*)::int as outbox from tenant');
  expect(rows).toEqual([{ user: 'context_graph', name: expect.stringContaining('test_'), outbox: 0 }]);
  await app.end();
  await database.drop();
});
