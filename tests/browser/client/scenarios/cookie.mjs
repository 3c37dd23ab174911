// The cookie of a session.

import assert from 'node:assert/strict';

import { cookieOf, logIn } from '../session.mjs';

export default async function cookie({ open, base, adminKey }) {
    const page = await open();
    await logIn(page, adminKey);
    const { value, httpOnly, sameSite, path, domain, expires } = await cookieOf(page);
    assert.deepEqual({ httpOnly, sameSite, path, domain }, {
        httpOnly: true,
        sameSite: 'Strict',
        path: '/console/',
        domain: '127.0.0.1',
    });
    const lasts = expires - Date.now() / 1_000;
    assert.ok(lasts > 28_000 && lasts <= 28_800, `${lasts}`);

    assert.equal(await page.evaluate(() => document.cookie), '');
    const kept = await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage)]);
    assert.deepEqual(kept, [[], []]);
    assert.ok(!(await page.content()).includes(value), 'the page itself does not have it');

    // Each login is a session of its own.
    const another = await open();
    await logIn(another, adminKey);
    assert.notEqual((await cookieOf(another)).value, value);

    // It is no key for anything else.
    const answer = await fetch(`${base}/v1/keys`, { headers: { cookie: `prosody-tokend-console=${value}` } });
    assert.equal(answer.status, 401);
}
