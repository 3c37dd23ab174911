// A token is made, looked at and used.

import assert from 'node:assert/strict';

import { decide } from '../decisions.mjs';
import { harmless } from '../harmless.mjs';
import { logIn } from '../session.mjs';
import { headline } from '../token.mjs';

const NAME = '"><img src=x onerror="window.__hit=1">';

export default async function mint({ open, base, watch, adminKey, apiKey }) {
    const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
    await logIn(page, adminKey);
    await page.getByRole('link', { name: 'Mint' }).click();
    await page.getByLabel('Room').fill('standup');
    await page.getByLabel("User's name").fill(NAME);
    await page.getByLabel('moderator').check();
    await page.getByLabel('Features').fill('recording, livestreaming');
    await page.getByLabel('Minutes').fill('5');
    await page.getByRole('button', { name: 'Make a token' }).click();
    const field = page.getByLabel('Token', { exact: true });
    const token = (await field.inputValue()).trim();
    assert.equal(new URL(page.url()).search, '');
    await harmless(page, 'a name that is markup');
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByText('Copied.').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), token);

    const questions = [token, `${token}x`].map((shown) => ({ token: shown, room: 'standup' }));
    assert.deepEqual(await decide(base, apiKey, questions), [true, false]);
    await page.getByRole('button', { name: 'See what it is good for' }).click();
    await page.waitForURL('**/console/token');
    assert.match(await headline(page), /^allowed/);
    await harmless(page, 'a name that is markup');
    const text = await page.locator('main').innerText();
    for (const words of ['recording', NAME.replaceAll('"', '\\"')]) {
        assert.ok(text.includes(words), `${words} is not in ${text}`);
    }
    assert.match(text, /exp\s+\d+ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, in [45] minutes/);

    // It is shown once.
    await page.to('/console/mint');
    assert.ok(!(await page.content()).includes(token));

    // For so long there is none, whatever a browser lets through.
    watch.expect(/status of 400/);
    await page.getByLabel('Minutes').evaluate((element) => element.removeAttribute('max'));
    await page.getByLabel('Minutes').fill('100000');
    await page.getByRole('button', { name: 'Make a token' }).click();
    await page.getByRole('alert').filter({ hasText: 'minutes' }).waitFor();
    assert.equal(await field.count(), 0);
    return token;
}
