import type { MigrationStep } from '../src/platform/postgres/migrate.ts';
import { Platform } from './0001-platform.ts';

/** Every step, in the order in which they run. */
export const migrations: readonly MigrationStep[] = [
  { name: '0001-platform', class: Platform },
];
