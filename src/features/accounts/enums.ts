import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** Where the customer stands. */
export const AccountStatus = graphEnum('AccountStatus', 'Where the customer stands.', {
  ACTIVE: 'A customer in good standing.',
  INACTIVE: 'No longer served, without having left.',
  AT_RISK: 'May leave.',
  CHURN: 'Has left.',
});
/** How far the customer has come. */
export const LifecycleStage = graphEnum('LifecycleStage', 'How far the customer has come.', {
  ONBOARDING: 'Being set up.',
  GROWTH: 'Taking up more.',
  MATURE: 'Steady.',
  RENEWAL: 'Before a renewal.',
});
/** What a ticket's status means, whatever its workflow calls it. */
export const TicketStatusCategory = graphEnum('TicketStatusCategory', 'What a ticket\'s status means, whatever its workflow calls it.', {
  TO_DO: 'Not begun.',
  IN_PROGRESS: 'Being worked on.',
  DONE: 'Closed, in any way.',
});
/** How urgent a ticket is. */
export const TicketPriority = graphEnum('TicketPriority', 'How urgent a ticket is.', {
  HIGHEST: 'Drop everything.',
  HIGH: 'Next.',
  MEDIUM: 'In its turn.',
  LOW: 'When there is time.',
  LOWEST: 'Perhaps never.',
});
/** How far a playbook run has come. */
export const PlaybookExecutionStatus = graphEnum('PlaybookExecutionStatus', 'How far a playbook run has come.', {
  RUNNING: 'In progress.',
  COMPLETED: 'Finished.',
  FAILED: 'Ended without finishing.',
  CANCELLED: 'Stopped by someone.',
});
/** What a note is about. */
export const NoteType = graphEnum('NoteType', 'What a note is about.', {
  MEETING: 'A meeting.',
  QBR: 'A quarterly business review.',
  CALL: 'A call.',
  EMAIL: 'An e-mail exchange.',
  GENERAL: 'Anything.',
  INTERACTION: 'Another contact with the customer.',
});
