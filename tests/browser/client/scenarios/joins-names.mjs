// Names of rooms and users beside decisions, or none.

import assert from 'node:assert/strict';

import { decide } from '../decisions.mjs';
import { harmless } from '../harmless.mjs';
import { logIn } from '../session.mjs';

export default async function joinsNames({ open, base, adminKey, apiKey, tokens, areShown }) {
    const page = await open();
    await logIn(page, adminKey, '/console/joins');
    await page.locator('#live').filter({ hasText: /^live/ }).waitFor();
    const questions = tokens.map(({ text, token }) => ({ token, room: text }));
    await decide(base, apiKey, [...questions, { token: tokens[0].token, room: 'a-room-of-ada' }]);
    await page.waitForFunction((count) => document.querySelectorAll('tbody tr').length === count, tokens.length + 1);
    await harmless(page, 'as it happens');
    assert.equal((await page.content()).includes('a-room-of-ada'), areShown);
    await page.reload();
    assert.equal(await page.locator('tbody tr').count(), tokens.length + 1);
    await harmless(page, 'as it was');
    assert.equal((await page.content()).includes('a-room-of-ada'), areShown);
    await page.to('/console/joins?text=a-room-of-ada');
    assert.equal(await page.locator('tbody tr').count(), areShown ? 1 : 0);
}
