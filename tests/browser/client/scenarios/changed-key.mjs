// Another key of administrators.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';

import { logIn } from '../session.mjs';

export default async function changedKey({ open, base, watch, adminKey, configuration, process: daemon }) {
    const page = await open();
    watch.expect(/status of 403/);
    await logIn(page, adminKey);
    const replace = async (old, by) => {
        const text = await readFile(configuration, 'utf8');
        assert.ok(text.includes(old));
        await writeFile(configuration, text.replace(old, by));
        const before = await reloads(base, daemon);
        process.kill(daemon, 'SIGHUP');
        while ((await reloads(base, daemon)) === before) await new Promise((resolve) => setTimeout(resolve, 20));
    };

    await replace('enabled = true', 'enabled = true\nrecent = 7');
    await page.to('/console/server');
    assert.equal(new URL(page.url()).pathname, '/console/server');

    await replace(adminKey, 'another-key-of-administrators');
    await page.to('/console/server');
    assert.equal(new URL(page.url()).pathname, '/console/login');
    await page.getByLabel('Key of administrators').fill(adminKey);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').waitFor();
    await logIn(page, 'another-key-of-administrators', '/console/server');
}

// How often the daemon has read its configuration again.
async function reloads(base) {
    const answer = await fetch(`${base}/metrics`, { headers: { authorization: 'Bearer the-key-of-prosody' } });
    const lines = (await answer.text()).split('\n').filter((line) => /reload/.test(line) && !line.startsWith('#'));
    return lines.join('\n');
}
