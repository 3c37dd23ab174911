// Something is revoked and taken back, with the keyboard alone, and not before it was confirmed.

import assert from 'node:assert/strict';

import { tabTo } from '../keyboard.mjs';
import { logIn } from '../session.mjs';

export default async function revocation({ open, base, adminKey, apiKey, token }) {
    const page = await open();
    const isLetIn = async () => {
        const answer = await fetch(`${base}/v1/verify`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
            body: JSON.stringify({ token, host: 'meet.example.com' }),
        });
        return (await answer.json()).allowed;
    };
    await logIn(page, adminKey, '/console/server');
    assert.ok(await isLetIn());

    await fillIn(page);
    assert.ok(await isLetIn(), 'nothing is done yet');
    assert.ok((await page.locator('main').innerText()).includes('lost <b>somewhere</b>'));

    // Who thinks better of it leaves everything as it was.
    await tabTo(page, page.getByRole('link', { name: 'Leave it as it is' }));
    await page.keyboard.press('Enter');
    await page.waitForURL('**/console/server');
    assert.ok(await isLetIn());

    await fillIn(page);
    await tabTo(page, page.getByRole('button', { name: 'Revoke', exact: true }));
    await page.keyboard.press('Enter');
    await page.waitForURL(/console\/server/);
    const row = page.getByRole('row').filter({ hasText: 'the-jti' });
    await row.waitFor();
    assert.ok(!(await isLetIn()), 'it counts at once');

    // To load the page again does nothing again.
    await page.reload();
    assert.equal(await row.count(), 1);

    await tabTo(page, row.getByRole('button', { name: /Take back/ }));
    await page.keyboard.press('Space');
    await page.getByRole('heading', { name: 'Take this back?' }).waitFor();
    assert.ok(!(await isLetIn()), 'nothing is done yet');
    await tabTo(page, page.getByRole('button', { name: 'Take back', exact: true }));
    await page.keyboard.press('Enter');
    await page.waitForURL(/console\/server/);
    assert.equal(await row.count(), 0);
    assert.ok(await isLetIn(), 'it is good again');
}

async function fillIn(page) {
    await tabTo(page, page.getByLabel('What', { exact: true }));
    await page.keyboard.type('tokens with a jti');
    await tabTo(page, page.getByLabel('Its name'));
    await page.keyboard.type('the-jti');
    await tabTo(page, page.getByLabel('Why'));
    await page.keyboard.type('lost <b>somewhere</b>');
    await tabTo(page, page.getByRole('button', { name: 'See what that means' }));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Revoke this?' }).waitFor();
}
