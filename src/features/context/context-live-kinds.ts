import { accountChanged } from '../accounts/index.ts';
import { contextRefreshed } from './context.events.ts';
import { derivedValuesChanged } from './derived.events.ts';

/** The kinds of facts that `contextUpdated` listens to. */
export const contextLiveKinds: readonly string[] = [accountChanged.kind, contextRefreshed.kind, derivedValuesChanged.kind];
