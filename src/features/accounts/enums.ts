import { registerEnumType } from 'type-graphql';

/** Declares an enum of the graph: its values are the texts the database stores. */
function graphEnum<Name extends string>(name: string, description: string, values: Record<Name, string>): { readonly [Value in Name]: Value } {
  const names = Object.keys(values) as Name[];
  const made = Object.fromEntries(names.map((value) => [value, value])) as { readonly [Value in Name]: Value };
  const valuesConfig = Object.fromEntries(names.map((value) => [value, { description: values[value] }]));
  registerEnumType(made, { name, description, valuesConfig: valuesConfig as never });
  return made;
}

export const AccountStatus = graphEnum('AccountStatus', 'Where the customer stands.', {
  ACTIVE: 'A customer in good standing.',
  INACTIVE: 'No longer served, without having left.',
  AT_RISK: 'May leave.',
  CHURN: 'Has left.',
});
export const LifecycleStage = graphEnum('LifecycleStage', 'How far the customer has come.', {
  ONBOARDING: 'Being set up.',
  GROWTH: 'Taking up more.',
  MATURE: 'Steady.',
  RENEWAL: 'Before a renewal.',
});
export const TicketStatusCategory = graphEnum('TicketStatusCategory', 'What a ticket\'s status means, whatever its workflow calls it.', {
  TO_DO: 'Not begun.',
  IN_PROGRESS: 'Being worked on.',
  DONE: 'Closed, in any way.',
});
export const TicketPriority = graphEnum('TicketPriority', 'How urgent a ticket is.', {
  HIGHEST: 'Drop everything.',
  HIGH: 'Next.',
  MEDIUM: 'In its turn.',
  LOW: 'When there is time.',
  LOWEST: 'Perhaps never.',
});
export const PlaybookExecutionStatus = graphEnum('PlaybookExecutionStatus', 'How far a playbook run has come.', {
  RUNNING: 'In progress.',
  COMPLETED: 'Finished.',
  FAILED: 'Ended without finishing.',
  CANCELLED: 'Stopped by someone.',
});
export const NoteType = graphEnum('NoteType', 'What a note is about.', {
  MEETING: 'A meeting.',
  QBR: 'A quarterly business review.',
  CALL: 'A call.',
  EMAIL: 'An e-mail exchange.',
  GENERAL: 'Anything.',
  INTERACTION: 'Another contact with the customer.',
});
