// The end of a session, while somebody is at work.

import assert from 'node:assert/strict';

import { cookieOf, logIn } from '../session.mjs';

const PASTED = 'a.token.somebody-pasted';

export default async function expiry({ open, base, watch, adminKey }) {
    const page = await open();
    await logIn(page, adminKey);
    const { name, value } = await cookieOf(page);
    await page.getByLabel('Token', { exact: true }).fill(PASTED);
    await page.waitForFunction((moment) => Date.now() > moment, Date.now() + 3_200);

    // Not even with what the browser has forgotten by now.
    const cookie = `${name}=${value}`;
    const answer = await fetch(`${base}/console/token`, { headers: { cookie }, redirect: 'manual' });
    assert.equal(answer.status, 303);

    // It says what has become of the question, and leads back.
    watch.expect(/status of 403/);
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('your login has ended').waitFor();
    assert.ok(!(await page.content()).includes(PASTED));
    await page.getByRole('link', { name: 'Go to the console' }).click();
    await page.getByLabel('Key of administrators').fill(adminKey);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/console/token');
}
