import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Found {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
}

/** What axe-core objects to on a page as it stands, with all of its rules, best practices included: one line each. */
export async function violations(page: Page): Promise<string[]> {
  // As a script of the debugger's: the page's own policy forbids any other.
  await page.evaluate(`${source}; undefined`);
  const found = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)')) as readonly Found[];
  return found.flatMap(({ id, impact, help, nodes }) => nodes.map(({ target, failureSummary }) => `${id} (${impact ?? 'no impact'}): ${help}: ${target.join(' ')}: ${failureSummary ?? ''}`));
}
