// The text for a ticket.

import assert from 'node:assert/strict';

import { logIn } from '../session.mjs';
import { ask, headline } from '../token.mjs';

export default async function tokenTicket({ open, adminKey, token, at, base }) {
    const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
    await logIn(page, adminKey);
    await ask(page, { token, at });
    const said = await headline(page);
    await page.getByText('Copy as text for a ticket').first().click();
    const field = page.getByLabel('Text for a ticket');
    const text = await field.inputValue();
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.locator('[data-copied]').filter({ hasText: /\S/ }).waitFor();
    assert.equal((await page.evaluate(() => navigator.clipboard.readText())).trim(), text.trim());

    const flat = text.replace(/\s+/g, ' ');
    for (const words of [said, '2026-01-31', 'my_app', 'standup']) {
        assert.ok(flat.includes(words), `${words} is not in\n${text}`);
    }
    const parts = token.split('.');
    for (const part of parts) assert.ok(!text.includes(part), text);
    assert.ok(!/eyJ/.test(text), text);

    // Whoever has the ticket cannot come in with it.
    const answer = await fetch(`${base}/v1/verify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer the-key-of-prosody' },
        body: JSON.stringify({ token: text, host: 'meet.example.com' }),
    });
    assert.equal((await answer.json()).allowed, false);
}
