// What is wrong with tokens, one after the other.

import assert from 'node:assert/strict';

import { ask, headline } from '../token.mjs';

export default async function tokenWrong({ open, tokens, at }) {
    const page = await open();
    await page.to('/console/token');
    for (const { name, token, says } of tokens) {
        await ask(page, { token, at });
        assert.deepEqual([name, await headline(page)], [name, says]);
        assert.equal(new URL(page.url()).search, '', 'what was asked is in no address');
        const failed = page.locator('table.checks tr.failed');
        assert.ok((await failed.count()) > 0, name);
        for (const text of await failed.allTextContents()) assert.match(text, /^\s*no/, `${name}: ${text}`);

        // It is there to be asked about again, and nowhere else.
        assert.equal((await page.getByLabel('Token', { exact: true }).inputValue()).trim(), token, name);
        const elsewhere = await page.evaluate(() => {
            const copy = document.documentElement.cloneNode(true);
            for (const field of copy.querySelectorAll('textarea[name=token]')) field.remove();
            return copy.outerHTML;
        });
        const signature = token.split('.')[2];
        if (signature) assert.ok(!elsewhere.includes(signature), `${name}: the signature stands in the page`);
    }
    assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, history.state]), [0, 0, null]);
}
