// A key, right and wrong.

import assert from 'node:assert/strict';

export default async function login({ open, watch, adminKey, apiKey }) {
    const page = await open();
    watch.expect(/status of 403/);
    const wanted = '/console/joins?code=expired&text=a%20b';
    await page.to(wanted);
    assert.equal(new URL(page.url()).pathname, '/console/login');

    for (const wrong of ['wrong', apiKey, `${adminKey}x`]) {
        await page.getByLabel('Key of administrators').fill(wrong);
        await page.getByRole('button', { name: 'Log in' }).click();
        await page.getByRole('alert').filter({ hasText: 'not the key of administrators' }).waitFor();
        assert.equal(await page.getByLabel('Key of administrators').inputValue(), '', 'no key stands in a page');
        assert.ok(!(await page.content()).includes(wrong));
        assert.deepEqual(await page.context().cookies(), []);
    }

    await page.getByLabel('Key of administrators').fill(` ${adminKey} `);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => `${url.pathname}${url.search}` === wanted);

    // Whoever comes to the login again has nothing to do there, and is led to no other site.
    for (const [to, path] of [
        ['/console/server', '/console/server'],
        ['//evil.example/', '/console/token'],
        ['https://evil.example/', '/console/token'],
    ]) {
        await page.to(`/console/login?to=${encodeURIComponent(to)}`);
        assert.equal(new URL(page.url()).pathname, path, to);
    }
}
