// The address of a question.

import assert from 'node:assert/strict';

import { ask, headline } from '../token.mjs';

export default async function tokenAddress({ open, token, at }) {
    const page = await open();
    const asked = [];
    page.on('request', (request) => asked.push(`${request.url()} ${JSON.stringify(request.headers())}`));
    await page.to('/console/token');
    await ask(page, { token, at, room: 'standup', tenant: 'acme' });
    await page.getByRole('link', { name: 'as a link' }).click();
    await page.waitForURL(/room=standup/);
    assert.equal(await page.getByLabel('Room').inputValue(), 'standup');
    assert.equal(await page.getByLabel('Tenant').inputValue(), 'acme');
    assert.equal(await page.getByLabel('Host').inputValue(), 'meet.example.com');
    assert.equal(await page.getByLabel('Token', { exact: true }).inputValue(), '');

    // Whoever puts one there all the same finds none in the page.
    for (const name of ['token', 'room', 'host', 'at', 'id', 'jwt']) {
        await page.to(`/console/token?${name}=${token}`);
        assert.ok(!(await page.content()).includes(token), name);
    }
    const mistakes = asked.filter((line) => line.includes(token) && !/console\/token\?(token|room|host|at|id|jwt)=/.test(line));
    assert.deepEqual(mistakes, []);
    await page.to('/console/token');
    await ask(page, { token, at });
    assert.match(await headline(page), /^allowed/);
}
