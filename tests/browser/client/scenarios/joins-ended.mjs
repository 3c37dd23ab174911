// A session ends while somebody watches.

import assert from 'node:assert/strict';

import { decide } from '../decisions.mjs';
import { logIn } from '../session.mjs';

export default async function joinsEnded({ open, base, adminKey, apiKey, good }) {
    const page = await open();
    await logIn(page, adminKey, '/console/joins?text=abc');
    await page.locator('#live').filter({ hasText: /^live/ }).waitFor();
    await page.getByText('Your login has ended.').waitFor();
    await decide(base, apiKey, [{ token: good, room: 'abc' }]);
    assert.equal(await page.locator('tbody tr').count(), 0, 'nothing is told any longer');
    await page.getByRole('link', { name: 'Log in again' }).click();
    await page.getByLabel('Key of administrators').fill(adminKey);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${base}/console/joins?text=abc`);
    assert.equal(await page.locator('tbody tr').count(), 1);
}
