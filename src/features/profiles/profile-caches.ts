import { definitionsByName } from './field-definition.queries.ts';
import { currentFields } from './profile-field.queries.ts';

/** What profiles keep in caches. Values in them are sealed, with their subject's wrapped key: who destroys a key forgets its profiles. */
export const profileCaches = [definitionsByName.cache, currentFields.cache];
