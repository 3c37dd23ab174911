// Decisions are not kept: their sums are.

import assert from 'node:assert/strict';

import { decide } from '../decisions.mjs';

export default async function joinsNone({ open, base, good }) {
    const page = await open();
    await decide(base, '', [{ token: good, room: 'a-room-of-ada' }]);
    await page.to('/console/joins');
    assert.equal(await page.locator('table[data-live]').count(), 0);
    assert.ok(!(await page.content()).includes('a-room-of-ada'));
    assert.ok((await page.locator('main').innerText()).includes('recent = 0'));
    await page.locator('svg').first().waitFor();
}
