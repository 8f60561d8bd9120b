import type { DraftOrigin } from './enums.ts';

const authors: Readonly<Record<DraftOrigin, (model: string | null) => string>> = {
  MODEL: (model) => `the language model ${model ?? 'of the installation'}`,
  TEMPLATE: () => 'a template, without a language model',
  PERSON: () => 'a person',
  MACHINE: () => 'a machine, by its API key',
};

/** Who or what wrote a draft, and when, in a sentence to show beside it. */
export function disclosureOf({ generatedBy, model, draftedAt, isEdited }: { readonly generatedBy: DraftOrigin; readonly model: string | null; readonly draftedAt: string; readonly isEdited: boolean }): string {
  const when = `${draftedAt.slice(0, 10)} at ${draftedAt.slice(11, 16)} UTC`;
  return `Written by ${authors[generatedBy](model)} on ${when}${isEdited ? ', and edited by a person since' : ''}.`;
}
