// Tokens that would rather be scripts.

import assert from 'node:assert/strict';

import { harmless } from '../harmless.mjs';
import { logIn } from '../session.mjs';
import { ask } from '../token.mjs';

export default async function tokenHostile({ open, watch, adminKey, tokens, named, at }) {
    const page = await open();
    watch.expect(/status of 400/);
    await logIn(page, adminKey);
    for (const { text, token } of tokens) {
        await ask(page, { token, room: text, tenant: text, at });
        await harmless(page, text);
        await ask(page, { token: text, room: text, at: text });
        await harmless(page, text);
        // A room, or a code, as a link can bring them.
        const query = new URLSearchParams({ room: text, tenant: text, host: text, at: text, code: text, id: text, text });
        for (const path of ['/console/token', '/console/joins', '/console/server', '/console/login']) {
            await page.to(`${path}?${query}&to=${encodeURIComponent(text)}&done=${encodeURIComponent(text)}`);
            await harmless(page, text);
        }
        await page.to('/console/token');
    }

    // The name of a user, shown as it stands.
    await ask(page, { token: named, at });
    await harmless(page, 'named');
    assert.ok((await page.locator('main').textContent()).includes('<img src=x onerror='), 'it is shown as a text');
}
