import { money } from './words.ts';
import type { ActionDetailFragment } from '../../generated/operations.ts';

/** One thing that is no longer as it was seen. */
export interface Difference {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

const names: Readonly<Record<string, string>> = {
  'recipient.address': 'Address of the contact',
  'draft.to': 'To',
  'draft.subject': 'Subject',
  'draft.body': 'Text',
  'target.fields.name': 'Opportunity',
  'target.fields.stage': 'Stage in the CRM',
  'target.fields.nextStep': 'Next step in the CRM',
  'target.version': 'Record in the CRM',
  'score.value': 'Intent score',
  'score.band': 'Intent',
  'score.modelVersion': 'Scoring model',
  'promotion.production.version': 'Model in force',
  'consent.granted': 'Consent',
  'consent.standing': 'Consent standing',
  'consent.basis': 'Basis of consent',
  'consent.expiresAt': 'Consent expires',
  'consent.version': 'Version of consent',
  'context.derived.dealHealth.value': 'Deal health',
  'context.derived.dealHealth.conditions': 'Why deal health is so',
  'context.opportunities': 'Opportunities',
  'context.openTickets': 'Open tickets',
  'context.managerFlags': 'Manager flags',
  'context.account.status': 'Account status',
  'context.account.tier': 'Tier',
  'context.account.lifecycleStage': 'Lifecycle stage',
  'context.account.name': 'Account name',
};

/** Before and after, side by side, one row for each thing that changed. Ids and digests tell a reader nothing where more is said. */
export function Differences({ changes }: { changes: readonly Difference[] }) {
  const told = changes.filter(({ field }) => !/(Id|\.digest|^target\.version)$/.test(field));
  const shown = told.length > 0 ? told : changes;
  if (shown.length === 0) return null;
  return (
    <table className="differences">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">You saw</th>
          <th scope="col">It is now</th>
        </tr>
      </thead>
      <tbody>
        {shown.map(({ field, before, after }) => (
          <tr key={field}>
            <th scope="row">{names[field] ?? field}</th>
            <td className="before">{readable(field, before, after)}</td>
            <td className="after">{readable(field, after, before)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A score as it stands elsewhere on the page, with as many more digits as tell it from the other. Lists come as JSON: one line for each item. Everything else stands as it is. */
function readable(field: string, text: string | null, other: string | null): string {
  if (text === null) return '–';
  if (field === 'score.value') return roundedApart(Number(text), other === null ? null : Number(other));
  if (!text.startsWith('[')) return text;
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return text;
    return list.length === 0 ? 'none' : list.map((each: unknown) => (typeof each === 'string' ? each : typeof each === 'object' && each !== null ? line({ ...each }) : JSON.stringify(each))).join('\n');
  } catch {
    return text;
  }
}

/** One digit after the point; more, up to four, where both would read the same. */
function roundedApart(value: number, other: number | null): string {
  for (let digits = 1; digits < 4; digits += 1) {
    const text = value.toFixed(digits);
    if (text !== other?.toFixed(digits)) return text;
  }
  return value.toFixed(4);
}

function line({ amountMinor, currency, ...rest }: Record<string, unknown>): string {
  const amount = typeof amountMinor === 'number' && typeof currency === 'string' ? { amount: money(amountMinor, currency) } : {};
  return Object.entries({ ...rest, ...amount }).flatMap(([name, value]) => (name === 'id' || value === null ? [] : [typeof value === 'string' ? value : JSON.stringify(value)])).join(', ');
}

/** What a reader would see change between two versions of an action. */
export function differencesBetween(seen: ActionDetailFragment, newer: ActionDetailFragment): Difference[] {
  const [before, after] = [facts(seen), facts(newer)];
  return Object.keys(before).flatMap((field) => {
    const [was = null, is = null] = [before[field], after[field]];
    return was === is ? [] : [{ field, before: was, after: is }];
  });
}

/** The same of the words of a draft alone. */
export function wordsBetween(before: { readonly subject: string | null; readonly body: string | null }, after: { readonly subject: string | null; readonly body: string | null }): Difference[] {
  return (['subject', 'body'] as const).flatMap((name) => (before[name] === after[name] ? [] : [{ field: `draft.${name}`, before: before[name], after: after[name] }]));
}

function facts({ draft, evidence, crmChange, promotion }: ActionDetailFragment): Record<string, string | null> {
  const { intentScore, intentBand, consent, context } = evidence;
  return {
    ...(crmChange && { 'target.fields.name': crmChange.recordName, 'target.fields.stage': crmChange.stage, ...Object.fromEntries(crmChange.fields.map(({ field, before }) => [`target.fields.${field}`, before])) }),
    'draft.to': draft.to,
    'draft.subject': draft.subject,
    'draft.body': draft.body,
    'score.value': intentScore === null ? null : String(intentScore),
    'score.band': intentBand,
    'consent.granted': String(consent.granted),
    'consent.basis': consent.basis,
    'consent.expiresAt': consent.expiresAt,
    ...(promotion && { 'promotion.production.version': String(promotion.replacesVersion) }),
    ...(context && factsOf(context)),
  };
}

function factsOf(context: NonNullable<ActionDetailFragment['evidence']['context']>): Record<string, string | null> {
  return {
    'context.derived.dealHealth.value': context.derived.dealHealth.value,
    'context.derived.dealHealth.conditions': JSON.stringify(context.derived.dealHealth.reasons.map(({ condition, effect }) => `${condition} ${effect}`)),
    'context.opportunities': JSON.stringify(context.opportunities),
    'context.openTickets': JSON.stringify(context.openTickets),
    'context.managerFlags': JSON.stringify(context.managerFlags),
  };
}
