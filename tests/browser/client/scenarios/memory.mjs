// What the memory of a daemon comes to while somebody watches it, beside another one without a console that does the same.

import { readFile } from 'node:fs/promises';

import { decide } from '../decisions.mjs';
import { logIn } from '../session.mjs';
import { ask } from '../token.mjs';

export default async function memory({ open, base, process: watched, adminKey, apiKey, other, token, joins }) {
    const page = await open();
    await logIn(page, adminKey);
    await ask(page, { token });
    await page.to('/console/server');
    await page.to('/console/joins');
    await page.locator('#live').filter({ hasText: /^live/ }).waitFor();
    const questions = Array.from({ length: joins }, (_, number) => ({ token, room: `room-${number}` }));
    for (const address of [other.base, base]) await decide(address, apiKey, questions);
    await page.waitForFunction((count) => document.querySelectorAll('tbody tr').length === count, joins);
    return { off: await resident(other.process), on: await resident(watched) };
}

// Everything of a process that is in memory, in KiB.
async function resident(process) {
    const text = await readFile(`/proc/${process}/smaps_rollup`, 'utf8');
    return Number(/^Rss:\s+(\d+) kB$/m.exec(text)[1]);
}
