/** A real Chromium without a screen, for the dashboard. It ends with the test. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import puppeteer, { type Page } from 'puppeteer-core';
import { onTestFinished } from 'vitest';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome-stable'];
/** undefined: there is none (scripts/packages chromium). */
export const browserProgram = PROGRAMS.flatMap((program) => (process.env['PATH'] ?? '').split(path.delimiter).map((directory) => path.join(directory, program)))
  .find((program) => existsSync(program));

export type Seen = Readonly<{
  page: Page;
  /** What the page wrote to the console, could not load, or threw. */
  complaints: string[];
  /** Addresses of all that was asked for. */
  requests: string[];
}>;

export async function openPage(address: string, size: Readonly<{ width: number; height: number }> = { width: 1200, height: 900 }): Promise<Seen> {
  const browser = await puppeteer.launch({
    executablePath: browserProgram!, headless: true, defaultViewport: size,
    // Its own sandbox cannot be made by root, and containers give little of /dev/shm.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--no-first-run', '--lang=en'],
  });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warn') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(address);
  return { page, complaints, requests };
}

/** Where screenshots go: N6_SCREENSHOTS, or nowhere. */
export async function shoot(page: Page, name: string): Promise<void> {
  const directory = process.env['N6_SCREENSHOTS'];
  if (directory === undefined) return void await page.screenshot();
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: path.join(directory, `${name}.png`) });
}
