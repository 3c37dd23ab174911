// A link on a page of another site, as in a ticket.

import assert from 'node:assert/strict';

import { Elsewhere } from '../elsewhere.mjs';
import { logIn } from '../session.mjs';

export default async function link({ open, base, watch, adminKey }) {
    const elsewhere = await Elsewhere.start();
    watch.expect(/request elsewhere/);
    const page = await open();
    const wanted = '/console/joins?code=expired';
    elsewhere.page('/ticket', `<a href="${base}${wanted}">See why</a>`);
    const follow = async () => {
        await page.goto(`${elsewhere.crossSite}/ticket`);
        await page.getByRole('link').click();
    };
    try {
        await follow();
        await page.getByLabel('Key of administrators').waitFor();
        await page.getByLabel('Key of administrators').fill(adminKey);
        await page.keyboard.press('Enter');
        await page.waitForURL(`${base}${wanted}`);

        await page.to('/console/server');
        await follow();
        await page.waitForURL(`${base}${wanted}`);
        assert.equal(await page.locator('h1').textContent(), 'Joins');
    } finally {
        elsewhere.stop();
    }
}
