import { expect, test } from 'vitest';
import { requireRole, roles } from '../../src/features/access/index.ts';
import { Forbidden } from '../../src/platform/errors.ts';

test('one of the named roles is enough, and none implies another', () => {
  for (const role of roles) {
    const caller = { roles: new Set([role]) };
    requireRole(caller, ['approver', role], 'approve actions');
    const others = roles.filter((each) => each !== role);
    expect(() => requireRole(caller, others, 'approve actions')).toThrow(Forbidden);
  }
});

test('the refusal says what is needed, for what, and what the caller has', () => {
  expect(() => requireRole({ roles: new Set(['viewer', 'agent']) }, ['approver', 'admin'], 'approve actions')).toThrow(
    'To approve actions you need the role approver or admin; yours: viewer, agent.',
  );
});
