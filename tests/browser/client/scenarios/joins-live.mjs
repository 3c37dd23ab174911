// Decisions come in while somebody looks for some of them.

import assert from 'node:assert/strict';

import { decide } from '../decisions.mjs';
import { logIn } from '../session.mjs';
import { ask } from '../token.mjs';

const JOINS = 200;

export default async function joinsLive({ open, base, adminKey, apiKey, tokens, expired, audience, good }) {
    const page = await open();
    const rows = page.locator('table[data-live] tbody tr');
    const status = page.locator('#live');
    await logIn(page, adminKey, '/console/joins?code=expired');
    await status.filter({ hasText: /^live/ }).waitFor();

    const kinds = [expired, good, audience, expired];
    const questions = Array.from({ length: JOINS }, (_, number) => ({ token: kinds[number % 4], room: `room-${number}` }));
    await decide(base, apiKey, questions);
    const wanted = questions.filter(({ token }) => token === expired).map(({ room }) => room);
    await page.waitForFunction((count) => document.querySelectorAll('tbody tr').length >= count, wanted.length);

    const cells = () => rows.evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
    const columns = await page.locator('th[data-cell]').evaluateAll((all) => all.map((cell) => cell.dataset.cell));
    const column = async (name) => (await cells()).map((row) => row[columns.indexOf(name)]);
    assert.deepEqual(new Set(await column('code')), new Set(['expired']));
    assert.deepEqual(new Set(await column('outcome')), new Set(['denied']));
    assert.deepEqual((await column('room')).sort(), [...wanted].sort(), 'none is missing and none is there twice');
    await status.filter({ hasText: `live, ${wanted.length} new` }).waitFor();

    // Whoever reads in peace misses nothing.
    await page.getByRole('button', { name: 'Pause' }).click();
    await decide(base, apiKey, questions.slice(0, 20));
    await page.getByRole('button', { name: 'Go on (10 wait)' }).waitFor();
    assert.equal(await rows.count(), wanted.length);
    await page.getByRole('button', { name: /Go on/ }).click();
    await page.waitForFunction((count) => document.querySelectorAll('tbody tr').length === count, wanted.length + 10);

    // Another filter looks through all that is remembered, and has an address.
    await page.getByLabel('Text', { exact: true }).fill('room-119');
    await page.waitForURL(/text=room-119/);
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
    await page.getByLabel('Outcome').selectOption('all');
    await page.getByLabel('Text', { exact: true }).fill('room-197');
    await page.waitForFunction(() => document.querySelector('tbody tr')?.textContent.includes('room-197'));
    assert.deepEqual(await column('outcome'), ['let in']);
    await page.reload();
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
    assert.equal(await page.getByLabel('Text', { exact: true }).inputValue(), 'room-197');

    // A token is no text to look for: it would be in the address.
    const before = page.url();
    await page.getByLabel('Text', { exact: true }).fill(good);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForFunction(() => document.querySelector('#text:invalid') === document.activeElement);
    assert.equal(page.url(), before);

    // From a row to the explanation, for which the token has to be pasted.
    await page.to('/console/joins?code=expired');
    await rows.first().getByRole('link', { name: 'Explain' }).click();
    await page.waitForURL(/console\/token/);
    assert.equal(await page.getByLabel('Host').inputValue(), 'meet.example.com');
    assert.match(await page.getByLabel('Room').inputValue(), /room-/);
    assert.equal(await page.getByLabel('Token', { exact: true }).inputValue(), '');
    const text = await page.content();
    for (const part of tokens.flatMap((token) => token.split('.').slice(1))) assert.ok(!text.includes(part));
    const at = await page.getByLabel('Time (UTC)').inputValue();
    await ask(page, { token: good, at, room: await page.getByLabel('Room').inputValue() });
    await page.getByText('This is another token').waitFor();
}
