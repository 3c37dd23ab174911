// A token with what people copy along.

import assert from 'node:assert/strict';

import { ask, headline } from '../token.mjs';

export default async function tokenPasted({ open, token, at }) {
    const page = await open();
    await page.to('/console/token');
    const lines = token.match(/.{1,40}/g);
    for (const [name, pasted] of [
        ['alone', token],
        ['with blanks around it', `  \n${token}\n\n`],
        ['with quotes', `"${token}"`],
        ['with quotes of an office', `\u201c${token}\u201d,`],
        ['as a header', `Authorization: Bearer ${token}`],
        ['as a key', `Bearer ${token}`],
        ['as a link', `https://meet.example.com/standup?jwt=${token}`],
        ['as a link with more', `https://meet.example.com/standup?jwt=${token}#config.startWithAudioMuted=true`],
        ['as JSON', `{"token": "${token}"}`],
        ['wrapped', lines.join('\n')],
        ['wrapped and set in', lines.map((line) => `    ${line}`).join('\r\n')],
        ['with what does not show', `\ufeff\u200b${token.slice(0, 30)}\u200b${token.slice(30)}`],
    ]) {
        await ask(page, { token: pasted, at });
        assert.match(await headline(page), /^allowed/, `${name}: ${await page.locator('main').innerText()}`);
        assert.equal(await page.locator('tr.failed').count(), 0, name);
    }
    for (const word of ['Ada Lovelace', '2026-01-31 14:00', 'in 2 hours', 'moderator', 'recording']) {
        assert.ok((await page.locator('main').innerText()).includes(word), `${word} is not said`);
    }
}
