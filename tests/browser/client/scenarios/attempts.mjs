// Too many keys.

import assert from 'node:assert/strict';

const AT_ONCE = 5;

export default async function attempts({ open, watch, adminKey }) {
    const page = await open();
    watch.expect(/status of 403/);
    watch.expect(/status of 429/);
    await page.to('/console/server');
    const alert = page.getByRole('alert');
    for (let tried = 0; tried <= AT_ONCE; tried += 1) {
        await send(page, `wrong ${tried}`);
        await alert.waitFor();
    }
    assert.match(await alert.textContent(), /wait \d+ seconds/);

    // The right one does not count either, or it could be found by trying.
    const answer = await send(page, adminKey);
    assert.equal(answer.status(), 429);
    const seconds = Number(answer.headers()['retry-after']);
    assert.ok(seconds >= 1 && seconds <= 6, `${seconds}`);
    assert.match(await alert.textContent(), new RegExp(`wait ${seconds} second`));
    assert.deepEqual(await page.context().cookies(), []);

    await until(async () => (await send(page, adminKey)).status() !== 429);
    await page.waitForURL('**/console/server');
}

async function send(page, key) {
    await page.getByLabel('Key of administrators').fill(key);
    const answered = page.waitForResponse((answer) => answer.request().method() === 'POST');
    await page.getByRole('button', { name: 'Log in' }).click();
    const answer = await answered;
    await page.waitForLoadState();
    return answer;
}

async function until(isSo) {
    const deadline = Date.now() + 20_000;
    while (!(await isSo())) {
        assert.ok(Date.now() < deadline, 'waited in vain');
        await new Promise((resolve) => setTimeout(resolve, 500));
    }
}
