/** What a model flagged, and what came of it. */
export interface Flagged {
  readonly flagged: number;
  /** Of these, how many have an outcome or were watched for the horizon. */
  readonly judged: number;
  /** Of these, how many were won within the horizon. */
  readonly hits: number;
}

const accounts = (count: number): string => `${count} ${count === 1 ? 'account' : 'accounts'}`;

/** What a model flagged as the end of a sentence: every flagged account is counted, and the share is of those that can be judged. */
export function flaggedInWords({ flagged, judged, hits }: Flagged, horizonDays: number, share: (value: number) => string): string {
  if (flagged === 0) return 'flagged no account';
  if (judged === 0) return `flagged ${accounts(flagged)}, none of which can be judged yet`;
  const won = `won within ${horizonDays} days (${share(hits / judged)})`;
  if (judged < flagged) return `flagged ${accounts(flagged)}; ${judged} of them can be judged by now, and ${hits} of these were ${won}`;
  return flagged === 1 ? `flagged 1 account, which was ${hits === 1 ? '' : 'not '}${won}` : `flagged ${accounts(flagged)}, and ${hits} of them were ${won}`;
}
