import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../database/open-database.ts';
import { openBrowser, type View, whyNoBrowser } from '../testing/browser.ts';
import { testReport } from '../testing/documents.ts';
import { furnishEntities, furnishPages } from '../testing/furnish-pages.ts';
import { adminToken, memoryDatabase, testPlane, type TestPlane } from '../testing/test-plane.ts';

const missing = whyNoBrowser();
const views: View[] = [
  { width: 1200, height: 900, colorScheme: 'light' },
  { width: 390, height: 800, colorScheme: 'dark' },
];

describe.skipIf(missing !== null)(`in a browser${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let database: Database;
  let test: TestPlane;
  let url: string;
  beforeAll(async () => {
    database = await memoryDatabase();
    test = await testPlane(database);
    await furnishPages(test);
    await furnishEntities(test);
    url = await test.plane.listen();
  });
  afterAll(async () => {
    await test.plane.close();
    await database.close();
  });

  it.each(views)('every page is readable and reachable at $width px, $colorScheme', async (view) => {
    const browser = await openBrowser(view);
    try {
      const page = await browser.context.newPage();
      const complaints = complaintsOf(page);
      await page.goto(`${url}/installs/acme`);
      expect(await page.title()).toBe('Sign in · Landfall');
      await requireReadable(page);
      await page.fill('#token', 'lf_admin_wrong_0123456789abcdefg');
      await page.press('#token', 'Enter');
      await page.waitForSelector('[role=alert]');
      await requireReadable(page);
      await page.fill('#token', adminToken);
      await page.press('#token', 'Enter');
      for (const path of ['/installs/acme', '/installs/globex', '/installs/umbrella', '/']) {
        if (new URL(page.url()).pathname !== path) await page.goto(`${url}${path}`);
        await page.waitForSelector('#live[data-state=on]');
        await requireReadable(page);
      }
      const focus = [];
      for (let i = 0; i < 4; i++) {
        await page.keyboard.press('Tab');
        focus.push(await page.evaluate(() => document.activeElement?.textContent?.trim()));
      }
      expect(focus).toEqual(['Skip to content', 'Landfall', 'Sign out', 'acme']);
      await page.keyboard.press('Enter');
      await page.waitForURL('**/installs/acme');
      // The one complaint: the browser's own line about the refused token.
      expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('an open page changes by itself when something was committed, with the clock standing still', async () => {
    const browser = await openBrowser({ width: 1200, height: 900, colorScheme: 'light' });
    try {
      const page = await browser.context.newPage();
      await page.goto(`${url}/login?next=/installs/initech`);
      await page.fill('#token', adminToken);
      await page.press('#token', 'Enter');
      await page.waitForSelector('#live[data-state=on]');
      await page.evaluate(() => {
        document.body.dataset['kept'] = 'yes';
      });
      await test.vendor('POST', '/v1/products/streaming/channels/stable/promote', { version: '1.0.0' });
      await page.waitForSelector('text=Waits for its runner to install 1.0.0.');
      expect(await page.evaluate(() => document.body.dataset['kept'])).toBe('yes');
    } finally {
      await browser.close();
    }
  });

  it('an open page follows a copy into the mirror to its end, and says it without the script too', async () => {
    const browser = await openBrowser({ width: 390, height: 800, colorScheme: 'light' });
    try {
      const page = await browser.context.newPage();
      await page.goto(`${url}/login?next=/installs/globex`);
      await page.fill('#token', adminToken);
      await page.press('#token', 'Enter');
      await page.waitForSelector('#live[data-state=on]');
      const globex = await test.enrolled('globex');
      let sequence = 10;
      const report = (mirror: object | null) => {
        sequence += 1;
        return test.runner(globex, 'PUT', globex.paths.report, testReport('globex', { sequence, mirror }));
      };
      const bar = page.getByRole('progressbar', { name: 'Copying into the customer’s registry' });
      const copied = { items: { done: 1, total: 4 }, blobs: { done: 2, total: 9 }, bytesPerSecond: 2_000_000 };
      await report({ ...copied, bytes: { done: 3e6, total: 5e6 }, known: false, secondsLeft: null });
      await page.waitForSelector('text=3 MB so far, still counting');
      expect(await bar.getAttribute('value')).toBe(null);
      await report({ ...copied, bytes: { done: 25e6, total: 1e8 }, known: true, secondsLeft: 38 });
      await page.waitForSelector(
        'text=25 % · 1 of 4 artifacts · 2 of 9 blobs · 25 MB of 100 MB · 2 MB/s · about 38 s left',
      );
      expect(await bar.getAttribute('value')).toBe('25');
      await requireReadable(page);
      const plain = await page.evaluate(async () => (await fetch(location.href)).text());
      expect(plain).toMatch(/<progress [^>]*value="25"/);
      await report(null);
      await bar.waitFor({ state: 'detached' });
    } finally {
      await browser.close();
    }
  });
});

/** Everything the browser complains about, refusals by the content security policy among it. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  return complaints;
}

/** Landmarks, one first heading, no sideways scrolling, and WCAG AA contrast of every piece of text (1.4.3). */
async function requireReadable(page: Page): Promise<void> {
  const seen = await page.evaluate(look);
  expect(seen).toEqual({ mains: 1, banners: 1, headings: 1, language: 'en', overflow: 0, unnamed: [], faint: [] });
}

/** Runs in the page. */
function look() {
  const parse = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string) => {
    const [r = 0, g = 0, b = 0] = parse(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element: Element | null): string => {
    if (element === null) return 'rgb(255, 255, 255)';
    const color = getComputedStyle(element).backgroundColor;
    return (parse(color)[3] ?? 1) === 1 ? color : groundOf(element.parentElement);
  };
  const faint = [...document.querySelectorAll('body *')]
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim() !== ''))
    .filter((element) => !element.classList.contains('visually-hidden') && element.closest('svg') === null)
    .map((element) => {
      const [a, b] = [luminance(getComputedStyle(element).color), luminance(groundOf(element))];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return { text: element.textContent?.trim().slice(0, 40), contrast };
    })
    .filter(({ contrast }) => contrast < 4.5);
  const unnamed = [...document.querySelectorAll('a, button, input:not([type=hidden])')]
    .filter((element) => {
      const labelled = element instanceof HTMLInputElement && (element.labels?.length ?? 0) > 0;
      return !labelled && element.textContent?.trim() === '' && !element.hasAttribute('aria-label');
    })
    .map((element) => element.outerHTML.slice(0, 80));
  return {
    mains: document.querySelectorAll('main').length,
    banners: document.querySelectorAll('body > header').length,
    headings: document.querySelectorAll('h1').length,
    language: document.documentElement.lang,
    overflow: Math.max(0, document.documentElement.scrollWidth - window.innerWidth),
    unnamed,
    faint,
  };
}
