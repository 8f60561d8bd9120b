import { domainToASCII } from 'node:url';
import { asSeen } from '../../platform/fold.ts';
import { normaliseEmail } from '../../platform/postgres/seal.ts';

/** How the ids of one family of systems are written; `docs/identity.md` has the table for readers. */
export interface ReferenceRule {
  /** The systems, as references name them. The first names the family. */
  readonly systems: readonly string[];
  /** The one form of an id; an id that the system cannot have made stays as it is. Throws `MalformedReference` for one that is damaged. */
  normalise(id: string): string;
  /** Other spellings of a normal form, by which earlier versions of this program may know it. */
  readonly spellings?: (normal: string) => readonly string[];
}

/** The id has the form of its system, and cannot be an id of it. */
export class MalformedReference extends Error {}

const suffixAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** The three characters that follow a 15-character id of Salesforce: which of its letters are upper case, five at a time. */
export function salesforceSuffix(id: string): string {
  return [0, 5, 10].map((from) => {
    const bits = Array.from(id.slice(from, from + 5)).reduce((sum, letter, place) => sum + (/[A-Z]/.test(letter) ? 1 << place : 0), 0);
    return suffixAlphabet[bits];
  }).join('');
}

function salesforceId(given: string): string {
  const id = given.trim();
  // Every id holds digits: a word of 15 letters is somebody's own name for a thing.
  if (!/^(?:[0-9A-Za-z]{15}|[0-9A-Za-z]{18})$/.test(id) || !/\d/.test(id)) return id;
  const short = id.slice(0, 15);
  const normal = `${short}${salesforceSuffix(short)}`;
  if (id.length === 18 && id.slice(15).toUpperCase() !== normal.slice(15)) {
    throw new MalformedReference('The last three characters of this 18-character Salesforce id do not fit the first 15. Check the upper and lower case of its letters, or send the 15-character id.');
  }
  return normal;
}

/** The host of a website or a domain, lower case, as the DNS has it, without `www.`; the text itself where there is none. */
export function hostOf(website: string): string {
  const host = asSeen(website).trim().replace(/^[a-z][a-z0-9+.-]*:\/\//, '').replace(/[/?#].*$/, '').replace(/^.*@/, '').replace(/:\d*$/, '').replace(/\.+$/, '').replace(/^www\./, '');
  return host === '' ? asSeen(website).trim() : domainToASCII(host) || host;
}

const upperKey = (form: RegExp) => (given: string): string => {
  const id = given.trim();
  return form.test(id) ? id.toUpperCase() : id;
};
const slackId = upperKey(/^[BCDEGTUW]0[0-9A-Za-z]{7,9}$/i);

function notionId(given: string): string {
  const id = given.trim();
  const digits = id.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(digits) || !/^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(id)) return id;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The rules, one per family of systems. Ids of other systems are taken as they are. */
export const referenceRules: readonly ReferenceRule[] = [
  { systems: ['salesforce', 'sfdc'], normalise: salesforceId, spellings: (normal) => (normal.length === 18 && /^[0-9A-Za-z]+$/.test(normal) ? [normal.slice(0, 15)] : []) },
  { systems: ['email', 'e-mail', 'mail'], normalise: normaliseEmail },
  { systems: ['domain', 'website', 'web', 'hostname'], normalise: hostOf },
  { systems: ['hubspot'], normalise: (id) => id.trim() },
  { systems: ['jira'], normalise: upperKey(/^[A-Za-z][A-Za-z0-9_]{0,99}-\d{1,18}$/), spellings: (normal) => [normal.toLowerCase()] },
  { systems: ['slack'], normalise: (id) => slackId(/^<[#@!]?([0-9A-Za-z]+)(?:\|[^<>]*)?>$/.exec(id.trim())?.[1] ?? id) },
  { systems: ['notion'], normalise: notionId, spellings: (normal) => [normal.replaceAll('-', '')] },
];

const bySystem = new Map(referenceRules.flatMap((rule) => rule.systems.map((system) => [system, rule] as const)));

/** The systems whose ids have one form. */
export const systemsWithForm: ReadonlySet<string> = new Set(bySystem.keys());

/** The one form of an id of a system. Throws `MalformedReference` for an id that is damaged. */
export function normaliseReference({ system, id }: { readonly system: string; readonly id: string }): string {
  const normal = bySystem.get(system)?.normalise(id) ?? id;
  return normal === '' ? id : normal;
}

/** Every spelling of a reference in its normal form under which an erasure may have remembered it; the normal form first. */
export function spellingsOf({ system, id }: { readonly system: string; readonly id: string }): readonly string[] {
  return [...new Set([id, ...(bySystem.get(system)?.spellings?.(id) ?? [])])];
}

/** The family of systems that a system belongs to: `salesforce` for `sfdc`. A system without a rule is its own. */
export function systemFamily(system: string): string {
  return bySystem.get(system)?.systems[0] ?? system;
}
