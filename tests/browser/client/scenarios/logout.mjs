// Logging out.

import assert from 'node:assert/strict';

import { cookieOf, logIn } from '../session.mjs';

export default async function logout({ open, base, adminKey }) {
    const [page, other] = [await open(), await open()];
    await logIn(page, adminKey);
    await logIn(other, adminKey, '/console/server');
    const { name, value } = await cookieOf(page);
    const withCopy = () => fetch(`${base}/console/token`, { headers: { cookie: `${name}=${value}` }, redirect: 'manual' });
    assert.equal((await withCopy()).status, 200);

    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL('**/console/login');
    assert.deepEqual(await page.context().cookies(), []);
    assert.equal((await withCopy()).status, 303);

    // What was shown is not shown again.
    await page.goBack();
    assert.equal(new URL(page.url()).pathname, '/console/login');

    // Others go on.
    await other.reload();
    assert.equal(new URL(other.url()).pathname, '/console/server');
}
