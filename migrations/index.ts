import type { MigrationStep } from '../src/platform/postgres/migrate.ts';
import { Platform } from './0001-platform.ts';
import { Accounts } from './0002-accounts.ts';
import { SignalsAndScores } from './0003-signals-and-scores.ts';
import { Webhooks } from './0004-webhooks.ts';
import { DeadLetters } from './0005-dead-letters.ts';

/** Every step, in the order in which they run. */
export const migrations: readonly MigrationStep[] = [
  { name: '0001-platform', class: Platform },
  { name: '0002-accounts', class: Accounts },
  { name: '0003-signals-and-scores', class: SignalsAndScores },
  { name: '0004-webhooks', class: Webhooks },
  { name: '0005-dead-letters', class: DeadLetters },
];
