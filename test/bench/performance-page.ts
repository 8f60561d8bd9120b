import type { Results } from './results.ts';

/** The page of results, in Markdown. */
export function writePage(results: Results): string {
  return `# Performance\n\n${results.machine}\n`;
}
