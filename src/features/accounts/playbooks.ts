import { OrderDirection } from '../../platform/graphql/connection.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { flag, instant, label, oneOf, reference, text } from './columns.ts';
import { PlaybookExecutionStatus } from './enums.ts';
import { accountRecord, anyOf, either } from './record.ts';

/** What starts playbooks for the account. */
export const playbookTriggers = accountRecord({
  type: 'PlaybookTrigger',
  plural: 'playbookTriggers',
  description: 'A playbook that is recommended for the account.',
  table: 'playbook_trigger',
  columns: {
    playbookType: label('The kind of playbook.', { required: true }),
    autoTriggerEnabled: flag('Whether it is active and starts by itself.', { required: true }),
  },
  occurredAt: { description: 'When it was recommended.', required: false },
  orders: {},
  defaultOrder: { field: 'OCCURRED_AT', direction: OrderDirection.DESC },
  filters: { active: either('true: only active ones; false: only inactive ones.', 't.auto_trigger_enabled', 'not t.auto_trigger_enabled') },
});

/** How far the clock of a source may be ahead of ours. */
const clocksDiffer = 5 * 60_000;

/** Runs of playbooks. */
export const playbookExecutions = accountRecord({
  type: 'PlaybookExecution',
  plural: 'playbookExecutions',
  description: 'One run of a playbook for the account.',
  table: 'playbook_execution',
  completes: { column: 'status', value: 'COMPLETED' },
  check({ status, started_at: startedAt, completed_at: completedAt }, now, path) {
    // What is not stated is not known here; it compares as false.
    const begun = typeof startedAt === 'string' ? Date.parse(startedAt) : Number.NaN;
    const ended = typeof completedAt === 'string' ? Date.parse(completedAt) : completedAt === null ? null : Number.NaN;
    const latest = Date.parse(now) + clocksDiffer;
    const refuse = (field: string, why: string): never => {
      throw new InvalidInput(why, [...path, field]);
    };
    if (begun > latest) refuse('startedAt', 'A run cannot have begun more than 5 minutes in the future.');
    if (status === 'COMPLETED' && ended === null) refuse('completedAt', 'A run that is COMPLETED must say when it ended.');
    if (status === 'RUNNING' && ended !== null && !Number.isNaN(ended)) refuse('completedAt', 'A run that is RUNNING has not ended.');
    if (ended !== null && ended < begun) refuse('completedAt', 'A run cannot end before it began.');
    if (ended !== null && ended > latest) refuse('completedAt', 'A run cannot have ended more than 5 minutes in the future.');
  },
  columns: {
    playbookId: label('The playbook, as its system names it.', { required: true, shows: 'IDENTIFIER' }),
    playbookName: label('What people call it.', { required: true }),
    status: oneOf(PlaybookExecutionStatus)('How far it has come.', { required: true }),
    startedAt: instant('When it began, UTC.', { required: true }),
    completedAt: instant('When it ended, UTC; null while it runs.'),
  },
  occurredAt: { description: 'When this state was true.', required: false },
  orders: { STARTED_AT: { by: 't.started_at', type: 'timestamptz', description: 'By its beginning.' } },
  defaultOrder: { field: 'STARTED_AT', direction: OrderDirection.DESC },
  filters: { statuses: anyOf('status', 'In one of these states.', () => PlaybookExecutionStatus) },
});

/** What runs of playbooks reported. */
export const playbookReports = accountRecord({
  type: 'PlaybookReport',
  plural: 'playbookReports',
  description: 'What a run of a playbook reported.',
  table: 'playbook_report',
  columns: {
    playbookName: label('The playbook.', { required: true }),
    executionId: reference({ type: 'PlaybookExecution', table: 'playbook_execution' }, 'The run; null when unknown.'),
    generatedAt: instant('When it was written, UTC.', { required: true }),
    content: text('The report; null when only its head is known.'),
  },
  occurredAt: { description: 'When it was written.', required: false },
  orders: { GENERATED_AT: { by: 't.generated_at', type: 'timestamptz', description: 'By when it was written.' } },
  defaultOrder: { field: 'GENERATED_AT', direction: OrderDirection.DESC },
  filters: { playbookNames: anyOf('playbook_name', 'Of one of these playbooks.') },
});
