import { InvalidInput } from '../../platform/errors.ts';
import { checkText } from '../accounts/index.ts';
import type { DraftOrigin } from './enums.ts';
import { hiddenCharacter } from './hidden-characters.ts';
import { leadsOut } from './leads-out.ts';

/** Whoever decides reads the reasoning, and must not be led elsewhere by it; a machine's is held to more than a person's. */
export function checkReasoning({ reasoning, path, generatedBy }: { readonly reasoning: string; readonly path: readonly string[]; readonly generatedBy: DraftOrigin }): string {
  const place = [...path, 'reasoning'];
  const text = checkText(reasoning, place, 10_000).trim();
  if (text === '') throw new InvalidInput('Say why it is right to send it.', place);
  const hidden = hiddenCharacter(text, { lines: true });
  if (hidden !== null) throw new InvalidInput(`The reasoning holds ${hidden}, a character that nobody sees and that can make it read otherwise than it looks. Take it out.`, place);
  const outward = generatedBy === 'MACHINE' ? leadsOut(text) : null;
  // Figures look like telephone numbers, and reasons have figures.
  if (outward !== null && outward !== 'a telephone number') throw new InvalidInput(`The reasoning holds ${outward}. A machine gives reasons in words, and leads whoever decides nowhere else.`, place);
  return text;
}
