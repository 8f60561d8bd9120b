import type { DataClass } from '../../platform/graphql/shows.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { masked, sees, seesAddresses, type Viewer } from '../access/index.ts';
import type { ContextRecords } from './context-records.ts';

/** What one reader sees of a context: everybody's texts, masked and opened for that reader. */
export interface DocumentView {
  text(value: string | null): string | null;
  texts(values: readonly string[]): readonly string[];
  name(value: string | null): string | null;
  address(value: string | null): string | null;
  identifier(value: string | null): string | null;
  /** The name and address of a contact; null once the person was erased. */
  person(contact: ContextRecords['contacts'][number]): { readonly name: string | null; readonly email: string | null };
}

/** The view of a caller. */
export function viewOf(viewer: Viewer & { readonly seal: Seal }): DocumentView {
  const clear = seesAddresses(viewer);
  const show = (shows: DataClass) => (value: string | null): string | null => (clear || value === null || sees(viewer, shows) ? value : (masked(value, shows) as string | null));
  const [text, name, address, identifier] = [show('TEXT'), show('PERSON_NAME'), show('PERSON_ADDRESS'), show('IDENTIFIER')];
  const open = (wrapped: string | null, sealed: string | null): string | null => (wrapped === null || sealed === null ? null : viewer.seal.open(Buffer.from(wrapped, 'base64'), Buffer.from(sealed, 'base64')));
  return {
    text, name, address, identifier,
    texts: (values) => (clear ? values : values.map((value) => text(value) ?? '')),
    person: ({ wrappedKey, nameSealed, emailSealed }) => ({ name: name(open(wrappedKey, nameSealed)), email: clear ? open(wrappedKey, emailSealed) : null }),
  };
}
