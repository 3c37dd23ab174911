// Plays one scenario in a browser. What it is to do comes as JSON on standard input, so that no process list shows keys and tokens; what
// it found out goes as JSON to standard output, and what is wrong to standard error.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { chromium } from 'playwright-core';

import { Watch } from './watch.mjs';

// Nothing of the browser's own leaves the machine.
const ARGUMENTS = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--force-color-profile=srgb',
    '--font-render-hinting=none',
];
const PATIENCE = 15_000;
// Nothing moves by itself, so that what is to be pressed stands still.
const USUAL = { viewport: { width: 1280, height: 800 }, locale: 'en', reducedMotion: 'reduce' };

const asked = JSON.parse(await text(process.stdin));
const { default: scenario } = await import(`./scenarios/${asked.scenario}.mjs`);
// Whatever name a site has, it is on this machine.
const names = `--host-resolver-rules=MAP ${new URL(asked.base).hostname} 127.0.0.1`;
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: [...ARGUMENTS, names] });
const watch = new Watch(asked.base);

try {
    const found = await scenario({ ...asked, browser, watch, open: (options) => open(options) });
    watch.nothingElse();
    process.stdout.write(`${JSON.stringify(found ?? null)}\n`);
} catch (error) {
    process.stderr.write(`${error.stack}\n${watch.told()}${await pictures()}`);
    process.exitCode = 1;
} finally {
    await browser.close();
}

// A page in a browser of its own, in which everything is watched.
async function open(options = {}) {
    const context = await browser.newContext({ ...USUAL, ...options });
    context.setDefaultTimeout(PATIENCE);
    await watch.over(context);
    const page = await context.newPage();
    return Object.assign(page, { to: (path) => page.goto(new URL(path, asked.base).href) });
}

// What all pages look like, for whoever wants to know why something went wrong.
async function pictures() {
    await mkdir(asked.output, { recursive: true });
    const pages = browser.contexts().flatMap((context) => context.pages());
    const shown = pages.map(async (page, number) => {
        const path = join(asked.output, `${number}.png`);
        await page.screenshot({ path, timeout: 5_000 });
        return `${page.url()} looked like ${path}\n`;
    });
    const settled = await Promise.allSettled(shown);
    return settled.map(({ value, reason }) => value ?? `no picture: ${reason}\n`).join('');
}
