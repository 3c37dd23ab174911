// The keyboard alone.

import assert from 'node:assert/strict';

const MOST = 200;

// Goes on with the tabulator until this has the focus.
export async function tabTo(page, locator) {
    for (let pressed = 0; pressed < MOST; pressed += 1) {
        await page.keyboard.press('Tab');
        if (await locator.evaluate((element) => element === document.activeElement)) return;
    }
    assert.fail(`${locator} is not reached`);
}
