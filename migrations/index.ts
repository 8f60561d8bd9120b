import type { MigrationStep } from '../src/platform/postgres/migrate.ts';
import { Platform } from './0001-platform.ts';
import { Accounts } from './0002-accounts.ts';
import { SignalsAndScores } from './0003-signals-and-scores.ts';
import { Webhooks } from './0004-webhooks.ts';
import { DeadLetters } from './0005-dead-letters.ts';
import { Lineage } from './0006-lineage.ts';
import { Profiles } from './0007-profiles.ts';
import { LlmUsage } from './0008-llm.ts';
import { BackgroundWork } from './0009-background-work.ts';
import { RequirementExtraction } from './0010-requirement-extraction.ts';
import { Consent } from './0011-consent.ts';
import { Erasure } from './0012-erasure.ts';
import { Actions } from './0013-actions.ts';
import { Audit } from './0014-audit.ts';
import { Health } from './0015-health.ts';
import { Snapshots } from './0016-snapshots.ts';
import { Keys } from './0017-keys.ts';
import { RestoredBackups } from './0018-restored-backups.ts';
import { RightScores } from './0020-right-scores.ts';
import { Considerations } from './0021-considerations.ts';
import { RecordedInOrder } from './0022-recorded-in-order.ts';
import { ErasureNames } from './0023-erasure-names.ts';
import { ObjectionsAndSuppression } from './0024-objections-and-suppression.ts';
import { Portfolio } from './0026-portfolio.ts';
import { Sources } from './0028-sources.ts';
import { ErasedStatements } from './0037-erased-statements.ts';

/** Every step, in the order in which they run. */
export const migrations: readonly MigrationStep[] = [
  { name: '0001-platform', class: Platform },
  { name: '0002-accounts', class: Accounts },
  { name: '0003-signals-and-scores', class: SignalsAndScores },
  { name: '0004-webhooks', class: Webhooks },
  { name: '0005-dead-letters', class: DeadLetters },
  { name: '0006-lineage', class: Lineage },
  { name: '0007-profiles', class: Profiles },
  { name: '0008-llm', class: LlmUsage },
  { name: '0009-background-work', class: BackgroundWork },
  { name: '0010-requirement-extraction', class: RequirementExtraction },
  { name: '0011-consent', class: Consent },
  { name: '0012-erasure', class: Erasure },
  { name: '0013-actions', class: Actions },
  { name: '0014-audit', class: Audit },
  { name: '0015-health', class: Health },
  { name: '0016-snapshots', class: Snapshots },
  { name: '0017-keys', class: Keys },
  { name: '0018-restored-backups', class: RestoredBackups },
  { name: '0020-right-scores', class: RightScores },
  { name: '0021-considerations', class: Considerations },
  { name: '0022-recorded-in-order', class: RecordedInOrder },
  { name: '0023-erasure-names', class: ErasureNames },
  { name: '0024-objections-and-suppression', class: ObjectionsAndSuppression },
  { name: '0026-portfolio', class: Portfolio },
  { name: '0028-sources', class: Sources },
  { name: '0037-erased-statements', class: ErasedStatements },
];
