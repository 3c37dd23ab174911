// A console without a key.

import assert from 'node:assert/strict';

export default async function openToThisMachine({ open, base }) {
    const page = await open();
    for (const [asked, shown] of [
        ['/console', '/console/token'],
        ['/console/', '/console/token'],
        ['/console/login', '/console/token'],
        ['/console/login?to=%2Fconsole%2Fjoins', '/console/joins'],
        ['/console/joins', '/console/joins'],
        ['/console/server', '/console/server'],
    ]) {
        await page.to(asked);
        assert.equal(new URL(page.url()).pathname, shown, asked);
        assert.equal(await page.getByRole('button', { name: 'Log out' }).count(), 0);
        assert.equal(await page.getByRole('link', { name: 'Mint' }).count(), 0);
    }
    assert.deepEqual(await page.context().cookies(), []);

    const revoked = await fetch(`${base}/console/server/revoke`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams({ jti: 'a' }),
    });
    assert.equal(revoked.status, 403);
    assert.match(await revoked.text(), /nobody can revoke here/);
}
