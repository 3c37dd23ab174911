// A browser that runs no scripts.

import assert from 'node:assert/strict';

import { logIn } from '../session.mjs';
import { ask, headline } from '../token.mjs';

export default async function withoutScripts({ open, adminKey, token, wrong, at }) {
    const page = await open({ javaScriptEnabled: false });
    await logIn(page, adminKey);
    await ask(page, { token, at });
    assert.match(await headline(page), /^allowed/);
    await ask(page, { token: wrong, at });
    assert.match(await headline(page), /^denied.*aud/);
    await page.getByText('Copy as text for a ticket').first().click();
    assert.match(await page.getByLabel('Text for a ticket').inputValue(), /denied/);
    assert.equal(await page.getByRole('button', { name: 'Copy', exact: true }).count(), 0, 'what needs a script is not shown');

    await page.getByRole('link', { name: 'Joins' }).click();
    await page.getByLabel('Text', { exact: true }).fill('nobody');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/text=nobody/);
    await page.getByRole('link', { name: 'Reload' }).click();
    await page.waitForURL(/text=nobody/);
    await page.getByRole('link', { name: 'Server' }).click();
    await page.getByRole('heading', { name: 'Server', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Mint' }).click();
    await page.getByRole('heading', { name: 'Mint', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL('**/console/login');
}
