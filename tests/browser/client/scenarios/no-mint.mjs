// Nobody makes tokens here.

import assert from 'node:assert/strict';

import { cookieOf, logIn } from '../session.mjs';

export default async function noMint({ open, base, watch, adminKey, logsIn }) {
    const page = await open();
    watch.expect(/status of 40[34]/);
    if (logsIn) await logIn(page, adminKey);
    await page.to('/console/token');
    assert.equal(await page.getByRole('link', { name: 'Mint' }).count(), 0);
    const shown = await page.to('/console/mint');
    assert.ok([403, 404].includes(shown.status()), `${shown.status()}`);
    assert.equal(await page.locator('main form').count(), 0);

    // Nor does whoever asks without a form.
    await page.to('/console/token');
    const hidden = page.locator('input[name=form_token]');
    const formToken = (await hidden.count()) ? await hidden.first().inputValue() : '';
    const cookie = await cookieOf(page);
    const answer = await fetch(`${base}/console/mint`, {
        method: 'POST',
        headers: cookie ? { cookie: `${cookie.name}=${cookie.value}` } : {},
        body: new URLSearchParams({ form_token: formToken, host: 'meet.example.com', minutes: '5' }),
    });
    assert.ok([403, 404].includes(answer.status), `${answer.status}`);
    assert.ok(!(await answer.text()).includes('eyJ'));
}
