// The pictures in the documents.

import { join } from 'node:path';

import { decide } from '../decisions.mjs';
import { keep, settle } from '../pictures.mjs';
import { logIn } from '../session.mjs';
import { ask } from '../token.mjs';

export default async function pictures({ open, base, folder, adminKey, apiKey, denied, at, joins, pictures: kept, ...site }) {
    const page = await open({ colorScheme: 'light' });
    const { port } = new URL(base);
    // What differs from run to run, and what a server has in place of it.
    const replacements = [
        [`${folder}/prosody-tokend.toml`, '/etc/prosody-tokend/config.toml'],
        [`/tmp/\\.tmp\\w+/state.db`, '/var/lib/prosody-tokend/state.db'],
        [`127\\.0\\.0\\.1:(0|${port})\\b`, '127.0.0.1:5290'],
        ['\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d', '2026-01-31 12:00:00'],
        ['\\d+ s ago', '3 h ago'],
    ];
    const picture = (name, height) => keep(page, { ...site, path: join(kept, `${name}.png`), height });

    await logIn(page, adminKey);
    await ask(page, { token: denied, at });
    await settle(page, replacements.slice(0, 1));
    await page.evaluate(() => document.querySelector('#result')?.scrollIntoView());
    await picture('token', 900);

    await page.to('/console/joins');
    await page.locator('#live').filter({ hasText: /^live/ }).waitFor();
    for (const join of joins) await decide(base, apiKey, [join]);
    await page.waitForFunction((count) => document.querySelectorAll('tbody tr').length === count, joins.length);
    await page.locator('#live').filter({ hasText: `live, ${joins.length} new` }).waitFor();
    await settle(page, replacements);
    await picture('joins', 720);

    await page.to('/console/server');
    await settle(page, replacements);
    await picture('server', 1200);
}
