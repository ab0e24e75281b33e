/** The dashboard in a real browser, of a real supervisor. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'puppeteer-core';
import { describe, expect, test } from 'vitest';
import { DASHBOARD_FILES, HEADERS } from '../../src/dashboard/files.ts';
import { browserProgram, openPage, shoot, type Seen } from '../help/browser.ts';
import { root, supervise, until, type Files, type Machine } from '../help/machine.ts';

const TOKEN = 'a-token-for-this-test-alone-0123456789';
const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
const FILES: Files = {
  'db/run!': SLEEPER,
  'off/run!': SLEEPER, 'off/down': '',
  'talks/run!': '#!/bin/sh\necho "<b>not markup</b>"\necho to stderr >&2\nexec sleep 1000\n', 'talks/service.yaml': 'logs: prefix\n',
  'web/run!': SLEEPER, 'web/service.yaml': 'description: <img src=x onerror=alert(1)>\n',
};

type Lab = Readonly<{ machine: Machine; address: string }>;
async function lab(files: Files = FILES): Promise<Lab> {
  const machine = await supervise(files, { environment: { N6_LISTEN: '0', N6_TOKEN: TOKEN } });
  const port = await until(() => /127\.0\.0\.1:(\d+)/.exec(machine.output())?.[1], machine.output);
  return { machine, address: `http://127.0.0.1:${port}/` };
}

/** An expression of the browser: the tests' own types know no document. */
const evaluate = async <T>(page: Page, expression: string): Promise<T> => await page.evaluate(expression) as T;
const text = (page: Page, selector: string): Promise<string> => evaluate(page, `document.querySelector(${JSON.stringify(selector)}).textContent`);
/** The cells of a service's row. */
const row = (page: Page, name: string): Promise<string[]> => evaluate(page, `[...document.querySelectorAll('#rows tr')]
  .map((each) => [...each.children].map((cell) => cell.textContent)).find(([first]) => first === ${JSON.stringify(name)}) ?? []`);
const button = (label: string): string => `button[aria-label="${label}"]`;

async function logIn({ page }: Seen, token = TOKEN): Promise<void> {
  await page.type('#token', token);
  await page.keyboard.press('Enter');
}

describe('the files', () => {
  test('the list is what lies there', () => {
    const there = readdirSync(path.join(root, 'src/dashboard')).filter((name) => !name.endsWith('.ts'));
    expect(Object.values(DASHBOARD_FILES).map(({ name }) => name).sort()).toEqual(there.sort());
  });

  test('are given without a token, with a strict policy; the rest is not, and neither are other files', async () => {
    const { address } = await lab({ 'web/run!': SLEEPER });
    for (const [target, { type }] of Object.entries(DASHBOARD_FILES)) {
      const answer = await fetch(new URL(target, address));
      expect([target, answer.status, answer.headers.get('content-type')]).toEqual([target, 200, type]);
      for (const [header, value] of Object.entries(HEADERS)) expect(answer.headers.get(header)).toBe(value);
    }
    expect((await fetch(new URL('/v1/services', address))).status).toBe(401);
    expect((await fetch(new URL('/dashboard/files.ts', address))).status).toBe(404);
    expect((await fetch(new URL('/dashboard/%2e%2e%2fn6.cjs', address))).status).toBe(404);
  });
});

describe.runIf(browserProgram !== undefined)('in Chromium', () => {
  test('a wrong token is told, the right one opens it, a reload keeps it, and it can be forgotten', async () => {
    const { address } = await lab();
    const seen = await openPage(address);
    const { page } = seen;
    await shoot(page, 'dashboard-token');
    expect(await page.evaluate('document.activeElement?.id')).toBe('token');
    await logIn(seen, 'not-the-token');
    await until(async () => /this is not the token/.test(await text(page, '#login-error')));
    await logIn(seen);
    await until(async () => (await text(page, '#connection')) === 'connected');
    expect(seen.requests.every((url) => !url.includes(TOKEN))).toBe(true);
    await page.reload();
    await until(async () => (await row(page, 'db'))[1] === 'up');
    await page.click('#leave');
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await page.reload();
    expect(await evaluate(page, "document.querySelector('#door').hidden")).toBe(false);
  });

  test('services, their states, CPU and memory; buttons that act; events and logs, live; nothing is markup', async () => {
    const { machine, address } = await lab();
    const seen = await openPage(address);
    const { page } = seen;
    await logIn(seen);
    await until(async () => /^\d+\.\d%$/.test((await row(page, 'web'))[2] ?? ''));
    expect((await row(page, 'web')).slice(0, 2)).toEqual(['web', 'up']);
    expect((await row(page, 'web'))[3]).toMatch(/^[\d.]+[KM]$/);
    expect((await row(page, 'off')).slice(1, 4)).toEqual(['down', '-', '-']);
    expect(await text(page, '#summary')).toBe('4 services, 3 up');

    await page.click(button('Stop db'));
    await until(async () => (await row(page, 'db'))[1] === 'down');
    await until(async () => (await text(page, '#notice')) === 'db is down');
    expect((await machine.svc('status', 'db')).code).toBe(3);
    // The focus stays on the button, which has become another one.
    expect(await page.evaluate(`document.activeElement?.getAttribute('aria-label')`)).toBe('Start db');
    await page.keyboard.press('Enter');
    await until(async () => (await row(page, 'db'))[1] === 'up');
    await until(async () => /service-exited db/.test(await text(page, '#events')));

    await machine.svc('start', 'off');
    await until(async () => (await row(page, 'off'))[1] === 'up');
    await page.click(button('Log of talks'));
    await until(async () => /<b>not markup<\/b>/.test(await text(page, '#log')));
    expect(await text(page, '#why')).toMatch(/^talks /);
    await page.click(button('Log of web'));
    await until(async () => (await text(page, '#log-problem')) !== '');
    await shoot(page, 'dashboard');
    expect(await evaluate(page, "document.querySelectorAll('b, img, #rows script').length")).toBe(0);
    expect(seen.complaints).toEqual([]);
    expect(new Set(seen.requests.filter((url) => !url.startsWith('data:')).map((url) => new URL(url).origin))).toEqual(new Set([new URL(address).origin]));
  });

  test('with the keyboard alone; headings, names of all controls, and what is read out', async () => {
    const { address } = await lab();
    const seen = await openPage(address, { width: 500, height: 800 });
    const { page } = seen;
    await logIn(seen);
    await until(async () => (await row(page, 'db'))[1] === 'up');
    await page.focus('#filter');
    await page.keyboard.type('we');
    await until(async () => (await row(page, 'db')).length === 0);
    const focused: unknown[] = [];
    for (let presses = 0; presses < 4; presses++) {
      await page.keyboard.press('Tab');
      focused.push(await page.evaluate("document.activeElement?.getAttribute('aria-label') ?? null"));
    }
    expect(focused).toEqual(['Table of services', 'Stop web', 'Restart web', 'Log of web']);
    await page.keyboard.press('Enter');
    await until(async () => (await page.evaluate('document.activeElement?.id')) === 'one-name');
    const tree = JSON.stringify(await page.accessibility.snapshot({ interestingOnly: false }));
    for (const role of ['main', 'banner', 'status', 'log', 'table', 'rowheader']) expect(tree).toContain(`"role":"${role}"`);
    expect(tree).toContain('"name":"Filter by name or state"');
    const nameless = "(each) => each.textContent === '' && each.getAttribute('aria-label') === null && each.labels.length === 0";
    expect(await evaluate(page, `[...document.querySelectorAll('button, input')].filter(${nameless}).length`)).toBe(0);
    // Nothing has to be scrolled sideways but the table in its own frame.
    expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(true);
    await shoot(page, 'dashboard-narrow');
  });

  test('a thousand services: the table scrolls in its frame, what is below it stays in sight, and a state finds what is in it', async () => {
    const off = Array.from({ length: 1000 }, (_, index) => `off-${String(index).padStart(4, '0')}`);
    const files = off.flatMap((name) => [[`${name}/run!`, SLEEPER], [`${name}/down`, '']]);
    const { address } = await lab({ ...Object.fromEntries(files) as Files, 'web/run!': SLEEPER });
    const seen = await openPage(address);
    const { page } = seen;
    await logIn(seen);
    const rowsShown = (): Promise<number> => evaluate(page, "document.querySelectorAll('#rows tr').length");
    await until(async () => (await rowsShown()) === 1001);
    expect(await text(page, '#summary')).toBe('1001 services, 1 up');
    expect(await page.evaluate('document.documentElement.scrollHeight < 3 * innerHeight')).toBe(true);
    await page.evaluate("document.querySelector('.scroll').scrollTo(0, 1e9)");
    const isSeen = "(top) => top >= 0 && top < innerHeight";
    expect(await page.evaluate(`(${isSeen})(document.querySelector('thead th').getBoundingClientRect().top)`)).toBe(true);
    await shoot(page, 'dashboard-thousand');
    await page.type('#filter', 'up');
    await until(async () => (await rowsShown()) === 1);
    await page.click('#filter', { count: 3 });
    await page.keyboard.type('0777');
    await until(async () => (await row(page, 'off-0777')).length > 0 && (await rowsShown()) === 1);
    expect(seen.complaints).toEqual([]);
  });

  test('without a service it says what to do', async () => {
    const { machine, address } = await lab({});
    const seen = await openPage(address);
    await logIn(seen);
    const advice = `Put a directory with an executable file named run into ${machine.services}, then: svc rescan`;
    await until(async () => (await text(seen.page, '#empty')) === `No services yet. ${advice}`);
    expect(await text(seen.page, '#summary')).toBe('0 services, 0 up');
  });

  test.each(['light', 'dark'])('contrast of every text is at least 4.5 in the %s scheme', async (scheme) => {
    const { address } = await lab();
    const seen = await openPage(address);
    const { page } = seen;
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await logIn(seen);
    await until(async () => (await row(page, 'db'))[1] === 'up');
    await page.click(button('Log of talks'));
    await until(async () => (await text(page, '#log')) !== '');
    expect(await page.evaluate(CONTRAST)).toEqual([]);
    await shoot(page, `dashboard-${scheme}`);
  });

  test('a supervisor that goes is told, and one that comes back is taken up', async () => {
    const { machine, address } = await lab();
    const seen = await openPage(address);
    const { page } = seen;
    await logIn(seen);
    await until(async () => (await row(page, 'db'))[1] === 'up');
    await machine.svc('shutdown');
    await machine.ended;
    await until(async () => (await text(page, '#connection')) === 'no answer, trying again');
    const { port } = new URL(address);
    const next = await supervise({ 'new/run!': SLEEPER }, { environment: { N6_LISTEN: port, N6_TOKEN: TOKEN } });
    await until(async () => (await row(page, 'new'))[1] === 'up', next.output);
    expect(await text(page, '#summary')).toBe('1 service, 1 up');
  });
});

/** The texts of the page that stand out too little from their ground (WCAG 2.2, "relative luminance", "contrast ratio"). */
const CONTRAST = `(() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  let looked = 0;
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
    if (!own || element.checkVisibility() === false) continue;
    looked++;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push(element.tagName + ' ' + element.textContent.slice(0, 20) + ' ' + ratio.toFixed(2));
  }
  return looked > 20 ? found : ['only ' + looked + ' texts were found'];
})()`;
