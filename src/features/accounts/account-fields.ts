import { InvalidInput } from '../../platform/errors.ts';
import { Person, PersonInput } from './account.type.ts';
import { checkText, day, money, oneOf, plain, real, whole, type NamedLater } from './columns.ts';
import { AccountStatus, LifecycleStage } from './enums.ts';
import type { StatedColumn, StatedKind } from './stated-kind.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import { ID } from 'type-graphql';

const short = plain('text', () => String, (value, path) => checkText(value, path, 500));
const required = plain('text', () => String, (value, path) => {
  if (String(value).trim() === '') throw new InvalidInput('An account must have a name.', path);
  return checkText(value, path, 500);
});
const contactId = plain('uuid', () => ID, (value, path) => {
  const parsed = parseGlobalId(String(value), path);
  if (parsed?.type !== 'Contact') throw new InvalidInput('This must be the id of a Contact.', path);
  return parsed.id;
});

/** Someone on the tenant's side, in two columns. */
function person(description: string): NamedLater {
  return (field) => {
    const column = field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const [name, email] = [`${column}_name`, `${column}_email`];
    return {
      description,
      out: () => Person,
      in: () => PersonInput,
      list: false,
      required: false,
      sql: { [name]: 'text', [email]: 'text' },
      select: () => '',
      write(value, path) {
        if (value === null || value === undefined) return { [name]: null, [email]: null };
        const given = value as PersonInput;
        return { [name]: checkText(given.name, [...path, 'name'], 500), [email]: given.email ? checkText(given.email, [...path, 'email'], 320) : null };
      },
    };
  };
}

const declared: Readonly<Record<string, NamedLater>> = {
  name: required('Name.', { required: true }),
  industry: short('Industry.'),
  region: short('Sales region.'),
  website: short('Web site.'),
  employeeCount: whole(0, 2_147_483_647)('Number of employees.'),
  status: oneOf(AccountStatus)('Where the customer stands.'),
  tier: short('Service tier.'),
  revenue: money('Yearly revenue.'),
  owner: person('Owner.'),
  csm: person('Customer success manager.'),
  csmManager: person('Manager of the customer success manager.'),
  lifecycleStage: oneOf(LifecycleStage)('How far the customer has come.'),
  onboardingStatus: short('Onboarding.'),
  lastQbrOn: day('Last quarterly business review.'),
  nextQbrOn: day('Next quarterly business review.'),
  renewalOn: day('Renewal.'),
  engagementScore: real(0, 100)('Engagement.'),
  primaryChampionId: contactId('Primary champion.'),
  championStatus: short('Champion status.'),
  stakeholderCount: whole(0, 1_000_000)('Known stakeholders.'),
  jiraProjectKey: short('Jira project.'),
  slackChannelId: short('Slack channel.'),
  notionPageId: short('Notion page.'),
};

const fields = new Map<string, StatedColumn>(Object.entries(declared).map(([name, later]) => [name, later(name)]));

/** Accounts, as statements and their projection know them. */
export const accountKind: StatedKind = { type: 'Account', table: 'account', fields };
