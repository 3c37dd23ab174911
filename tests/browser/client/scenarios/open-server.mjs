// The server, where nobody has logged in: it is shown, and nothing can be changed.

import assert from 'node:assert/strict';

export default async function openServer({ open }) {
    const page = await open();
    await page.to('/console/server');
    const text = await page.locator('main').innerText();
    for (const words of ['meet.example.com', 'app_secret', 'admin_key_file', 'nobody can revoke here']) {
        assert.ok(text.includes(words), `${words} is not in ${text}`);
    }
    assert.ok(!text.includes('the-secret-of'), text);
    assert.equal(await page.locator('main form').count(), 0);
}
