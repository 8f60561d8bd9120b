import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where a Chromium is, or null when the machine has none: `CHROMIUM_PATH`, else where Debian puts it. */
export const chromiumPath = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium'].find((path) => path && existsSync(path)) ?? null;

/**
 * Whether the tests that need a browser are to be run. Without a Chromium they cannot be: in CI that is a failure, and
 * elsewhere it is said loudly, since a test that was not run has shown nothing.
 */
export function browserAvailable(testFile: string): boolean {
  if (chromiumPath) return true;
  const cure = 'No Chromium found. Install one (Debian: apt-get install -y chromium) or set CHROMIUM_PATH.';
  if (process.env['CI'] === 'true') throw new Error(`${cure} In CI the browser tests must run.`);
  process.stderr.write(`\n\n!!! NOT RUN: ${testFile}. ${cure}\n\n`);
  return false;
}

/** Starts a headless Chromium with a fresh profile of its own; whoever starts it closes it. */
export async function launchBrowser(): Promise<Browser> {
  if (!chromiumPath) throw new Error('Ask browserAvailable() first.');
  return chromium.launch({
    executablePath: chromiumPath,
    headless: true,
    args: [
      // As root, Chromium refuses to start inside its own sandbox.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      // It would look for updates at every start, and CI reaches no outside host.
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
