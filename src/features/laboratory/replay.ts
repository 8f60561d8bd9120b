import { finishRun } from './finish-run.ts';
import { measureRun, replayPortion } from './replay-portion.ts';
import type { Replay } from './replay-signatures.ts';

/** The replay of experiments: account by account, in the order of their ids. */
export const replay: Replay = { measureRun, replayPortion, finishRun };
