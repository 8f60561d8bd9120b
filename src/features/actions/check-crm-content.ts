import { InvalidInput } from '../../platform/errors.ts';
import { isDay } from '../../platform/graphql/scalars.ts';
import { checkText } from '../accounts/index.ts';
import type { CrmContent } from './crm-change-action.ts';
import { hiddenCharacter } from './hidden-characters.ts';
import { leadsOut } from './leads-out.ts';

/** The words of a proposed CRM change; exactly one of the three is given. */
export interface CrmWords {
  readonly task?: { readonly subject: string; readonly description?: string | null; readonly dueOn?: string | null } | null;
  readonly nextStep?: string | null;
  readonly stageNote?: string | null;
}

/** Salesforce keeps 255 characters of a next step and of a task's subject. */
const longestLine = 255;
const longestText = 10_000;
/** Salesforce has no other days. */
const [firstDay, lastDay] = ['1700-01-01', '4000-12-31'];

interface Checking {
  readonly path: readonly string[];
  readonly byMachine: boolean;
}

/** Checks the words of a CRM change. Throws `InvalidInput`. */
export function checkCrmContent({ task, nextStep, stageNote }: CrmWords, { fields }: { readonly fields: Readonly<Record<string, string | null>> }, checking: Checking): CrmContent {
  const given = [task, nextStep, stageNote].filter((each) => each !== undefined && each !== null);
  if (given.length !== 1) throw new InvalidInput('Give exactly one of task, nextStep and stageNote.', checking.path);
  if (task) {
    const place = [...checking.path, 'task'];
    const dueOn = task.dueOn ?? null;
    if (dueOn !== null && !isDay(dueOn)) throw new InvalidInput('dueOn must be a day such as 2026-12-01.', [...place, 'dueOn']);
    if (dueOn !== null && (dueOn < firstDay || dueOn > lastDay)) throw new InvalidInput(`dueOn must be between ${firstDay} and ${lastDay}.`, [...place, 'dueOn']);
    const details = task.description?.trim() ? words(task.description, [...place, 'description'], { ...checking, lines: true }) : null;
    return { kind: 'CREATE_TASK', text: words(task.subject, [...place, 'subject'], { ...checking, lines: false }), details, dueOn };
  }
  if (typeof nextStep === 'string') {
    const text = words(nextStep, [...checking.path, 'nextStep'], { ...checking, lines: false });
    if (text === fields['nextStep']) throw new InvalidInput('The next step already says this.', [...checking.path, 'nextStep']);
    return { kind: 'CHANGE_NEXT_STEP', text, details: null, dueOn: null };
  }
  return { kind: 'ADD_STAGE_NOTE', text: words(stageNote ?? '', [...checking.path, 'stageNote'], { ...checking, lines: true }), details: null, dueOn: null };
}

/** What an approver reads is what is written: nothing hidden, and from a machine nothing that leads colleagues elsewhere. */
function words(text: string, place: readonly string[], { lines, byMachine }: Checking & { readonly lines: boolean }): string {
  const name = place.at(-1) ?? '';
  const checked = checkText(text, place, lines ? longestText : longestLine).trim();
  if (checked === '') throw new InvalidInput(`${name} must not be empty.`, place);
  if (!lines && /\p{Cc}|[\u2028\u2029]/u.test(checked)) throw new InvalidInput(`${name} must be one line without control characters.`, place);
  const hidden = hiddenCharacter(checked, { lines });
  if (hidden !== null) throw new InvalidInput(`${name} holds ${hidden}, a character that is not visible and can make the text read otherwise than it looks. Remove it.`, place);
  const outward = byMachine ? leadsOut(checked) : null;
  // Figures look like telephone numbers, and notes have figures.
  if (outward !== null && outward !== 'a telephone number') throw new InvalidInput(`${name} holds ${outward}. A machine writes plain words into a CRM.`, place);
  return checked;
}
