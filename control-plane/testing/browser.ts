import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Why there can be no browser here, or null. */
export function whyNoBrowser(): string | null {
  return existsSync(executablePath) ? null : `${executablePath} is missing: apt-get install chromium`;
}

export type View = { width: number; height: number; colorScheme: 'light' | 'dark' };

/** A browser with a fresh profile that reaches loopback only. */
export async function openBrowser(view: View): Promise<{ context: BrowserContext; close(): Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), 'landfall-browser-'));
  const { colorScheme, ...viewport } = view;
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport,
    colorScheme,
    ignoreHTTPSErrors: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    context,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
