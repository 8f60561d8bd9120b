import { textWithoutChildren } from '../../platform/child-data.ts';
import { ProductError } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Llm } from '../../platform/llm/llm.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';
import { knownChildData } from './child-values.ts';
import { gapSources, type GapValue } from './gap-sources.ts';
import { extractFieldPrompt, longestRead, readField } from './read-field.ts';
import { assetTextsOf, type AssetText } from './profile-asset.queries.ts';
import { surveyGaps, type Gap, type GapSurvey } from './survey-gaps.ts';
import { openValue } from './profile-field.queries.ts';
import { updateProfileFields, type FieldUpdate } from './update-profile-fields.ts';
import { checkValue } from './validate-value.ts';

/** Where a filled value came from: the profile itself, a session, a record, or a document read by a model or by plain rules. */
export type GapSourceName = 'PROFILE' | 'SESSION' | 'CRM' | 'LLM' | 'TEMPLATE';

/** What became of one missing field. */
export interface FilledGap {
  readonly fieldName: string;
  readonly filled: boolean;
  /** Null when it was not filled. */
  readonly source: GapSourceName | null;
  /** Why it was not filled, without repeating a value; empty when it was, or when nobody knew anything. */
  readonly validationErrors: readonly string[];
  readonly fieldId: Id<'ProfileField'> | null;
}

/** Which gaps, for whom. */
export interface GapFilling {
  readonly caller: Caller;
  readonly accountId: Id<'Account'>;
  readonly scenarioId: string;
}

/** What gap filling works with. It holds no transaction while it asks sources and models. */
export interface GapParts {
  transact<Result>(body: (work: Work) => Promise<Result>): Promise<Result>;
  readonly llm: Llm;
  readonly seal: Seal;
  readonly signal?: AbortSignal | undefined;
}

/** How many fields are read out of documents in one call. */
export const mostRead = 20;
/** How many documents are read, the latest first. */
export const mostDocuments = 5;
const readAtOnce = 4;
const erased = 'Its value was erased with the person it was about; it is not looked for.';
const ofChildren = 'It is data of children, which is not read out of documents. State it, or agree on it in a session.';
const unverified = 'The definition asks for a verified value; somebody has to verify the one that is there.';

interface Candidate extends GapValue {
  readonly from: GapSourceName;
}

interface Search {
  readonly found: Map<string, Candidate>;
  readonly refused: Map<string, readonly string[]>;
}

/**
 * Fills what a scenario requires and a profile lacks: from another field of the profile that means the same, from the
 * declared sources, then out of the latest documents. Every value is checked like one that a person states. Answers one
 * result per missing field. Called twice, or twice at once, it stores one value: what is there by then is left as it is.
 */
export async function fillGaps(parts: GapParts, filling: GapFilling): Promise<FilledGap[]> {
  const { accountId, scenarioId, caller } = filling;
  const survey = await parts.transact(async (work) => {
    const about = { tenantId: work.tenantId, accountId, scenarioId, now: work.now };
    const surveyed = await surveyGaps(work, about);
    if (surveyed.gaps.length === 0) return { ...surveyed, documents: [], children: null };
    const children = await knownChildData(work, { ...about, seal: parts.seal });
    return { ...surveyed, children, documents: await assetTextsOf(work, parts.seal, { ...about, most: mostDocuments }) };
  });
  const documents = survey.documents.map((document) => ({ ...document, text: textWithoutChildren(document.text.slice(0, longestRead), { known: [], ...survey.children }) }));
  const search: Search = { found: new Map(), refused: new Map() };
  const sought = survey.gaps.filter(({ name, reason }) => {
    if (reason === 'ERASED' || reason === 'UNVERIFIED') search.refused.set(name, [reason === 'ERASED' ? erased : unverified]);
    return reason !== 'ERASED' && reason !== 'UNVERIFIED';
  });
  const open = (): Gap[] => sought.filter(({ name }) => !search.found.has(name));

  for (const gap of open()) take(search, gap, aliasOf(survey, gap, parts.seal));
  for (const source of gapSources()) {
    if (open().length === 0) break;
    const known = await source.find({ caller, accountId, seal: parts.seal, transact: parts.transact }, open().map(({ wanted }) => wanted));
    for (const gap of open()) {
      const value = known.get(gap.name);
      if (value && !isTooOld(gap, value.occurredAt)) take(search, gap, { ...value, from: source.kind });
    }
  }
  const toRead = open().filter(({ name }) => !survey.children?.holds(name));
  for (const { name } of open()) if (!toRead.some((gap) => gap.name === name) && !search.refused.has(name)) search.refused.set(name, [ofChildren]);
  await atMost(readAtOnce, toRead.slice(0, mostRead), (gap) => readDocuments(parts, { caller, gap, documents, search }));
  for (const { name } of toRead.slice(mostRead)) search.refused.set(name, [`At most ${mostRead} fields are read out of documents in one call; call again.`]);
  if (survey.gaps.length === 0) return [];
  return parts.transact((work) => store(work, parts.seal, { filling, survey, search }));
}

/** A value that is too old is not replaced by one that is older. */
function isTooOld({ since, reason }: Gap, occurredAt: string | undefined): boolean {
  return since !== null && occurredAt !== undefined && reason !== 'INVALID' && reason !== 'ORPHANED' && occurredAt <= since;
}

/** Takes a value that passes the definition; notes what is wrong with one that does not. */
function take({ found, refused }: Search, { name, wanted }: Gap, candidate: Candidate | null): void {
  if (!candidate) return;
  const { value, errors } = checkValue(candidate.value, wanted);
  if (errors.length > 0) refused.set(name, errors);
  else found.set(name, { ...candidate, value });
}

/** The active value of another field that means the same: of the same type, and called the same by people. */
function aliasOf({ fields, definitions }: GapSurvey, gap: Gap, seal: Seal): Candidate | null {
  const meaning = (name: string): string | null => {
    const definition = definitions.get(name);
    return definition ? `${definition.valueType} ${definition.displayName.trim().toLowerCase()}` : null;
  };
  const wanted = meaning(gap.name);
  for (const field of wanted === null ? [] : fields.values()) {
    if (field.name === gap.name || field.storedStatus !== 'ACTIVE' || field.validationState === 'INVALID' || meaning(field.name) !== wanted) continue;
    const value = openValue(seal, field);
    if (value === undefined) continue;
    return { from: 'PROFILE', value, confidence: field.confidence, sourceItems: [{ type: 'ProfileField', id: field.uuid }], occurredAt: field.occurredAt };
  }
  return null;
}

async function readDocuments({ llm, signal }: GapParts, { caller, gap, documents, search }: { caller: Caller; gap: Gap; documents: readonly AssetText[]; search: Search }): Promise<void> {
  for (const document of documents) {
    if (isTooOld(gap, document.occurredAt)) continue;
    const read = await readField(llm, { caller, wanted: gap.wanted, document: document.text, origin: document.origin, signal });
    if (read.kind === 'refused') search.refused.set(gap.name, read.errors);
    if (read.kind !== 'value') continue;
    const { value, quote, confidence, by, model } = read;
    search.found.set(gap.name, {
      from: by === 'MODEL' ? 'LLM' : 'TEMPLATE',
      value,
      confidence,
      sourceItems: [{ type: 'ProfileAsset', id: document.id }],
      sourceMetadata: { extractor: by, model, prompt: extractFieldPrompt.name, promptVersion: extractFieldPrompt.version, quote },
      occurredAt: document.occurredAt,
    });
    return;
  }
}

const sourceOf = { PROFILE: 'SYSTEM', SESSION: 'SESSION', CRM: 'CRM', LLM: 'LLM', TEMPLATE: 'SYSTEM' } as const;

/** The rule, with its version, that lineage names for a filled value. */
const ruleOf = {
  PROFILE: { name: 'profile-alias', version: 1 },
  SESSION: { name: 'gap-source-session', version: 1 },
  CRM: { name: 'gap-source-crm', version: 1 },
  LLM: { name: extractFieldPrompt.name, version: extractFieldPrompt.version },
  TEMPLATE: { name: `${extractFieldPrompt.name}-template`, version: 1 },
} as const;

async function store(work: Work, seal: Seal, { filling, survey, search }: { filling: GapFilling; survey: GapSurvey; search: Search }): Promise<FilledGap[]> {
  const { accountId, scenarioId } = filling;
  // Under the lock: another call may have filled some meanwhile.
  await lockAccounts(work, [accountId]);
  const present = await surveyGaps(work, { tenantId: work.tenantId, accountId, scenarioId, now: work.now });
  const still = new Set(present.gaps.map(({ name }) => name));
  const updates = survey.gaps.flatMap(({ name, wanted }): FieldUpdate[] => {
    const candidate = still.has(name) ? search.found.get(name) : undefined;
    if (!candidate) return [];
    const { from, ...value } = candidate;
    return [{ accountId, name, ...value, valueType: wanted.valueType, source: sourceOf[from], rule: ruleOf[from], path: [name] }];
  });
  const results = updates.length > 0 ? await updateProfileFields(work, seal, updates) : [];
  const stored = new Map(updates.map(({ name }, index) => [name, results[index]]));
  return survey.gaps.map(({ name }): FilledGap => {
    const result = stored.get(name);
    if (result instanceof ProductError) return unfilled(name, [result.message]);
    if (result) return { fieldName: name, filled: true, source: search.found.get(name)?.from ?? null, validationErrors: [], fieldId: result.id };
    if (still.has(name)) return unfilled(name, search.refused.get(name) ?? []);
    const field = present.fields.get(name);
    return field ? { fieldName: name, filled: true, source: 'PROFILE', validationErrors: [], fieldId: field.uuid as Id<'ProfileField'> } : unfilled(name, []);
  });
}

function unfilled(fieldName: string, validationErrors: readonly string[]): FilledGap {
  return { fieldName, filled: false, source: null, validationErrors, fieldId: null };
}

/** Does something for each item, so many at once. */
async function atMost<Item>(many: number, items: readonly Item[], does: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items];
  const next = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await does(item);
  };
  await Promise.all(Array.from({ length: many }, next));
}
