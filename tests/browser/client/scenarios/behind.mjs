// The console through a web server with TLS, by a name.

import assert from 'node:assert/strict';

import { decide } from '../decisions.mjs';
import { cookieOf, logIn } from '../session.mjs';
import { ask } from '../token.mjs';

export default async function behind({ open, watch, adminKey, apiKey, daemon, token }) {
    const page = await open({ ignoreHTTPSErrors: true });
    await logIn(page, adminKey, '/console/joins');
    const { secure, domain } = await cookieOf(page);
    assert.deepEqual({ secure, domain }, { secure: true, domain: 'tokend.example.com' });

    // Nothing on the way keeps what happens until there is more of it.
    await page.locator('#live').filter({ hasText: /^live/ }).waitFor();
    await decide(daemon, apiKey, [{ token, room: 'through-nginx' }]);
    await page.locator('tbody tr').filter({ hasText: 'through-nginx' }).waitFor();

    await page.to('/console/token');
    await ask(page, { token, room: 'standup' });
    await page.locator('#verdict').filter({ hasText: /allowed/i }).waitFor();

    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(/console\/login/);
    assert.equal(await cookieOf(page), undefined);

    // The rest of the daemon is not for the web.
    watch.expect(/status of 404/);
    const elsewhere = await page.to('/healthz');
    assert.equal(elsewhere.status(), 404);
}
