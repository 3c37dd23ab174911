// States in which pages are looked at, each with the way to it.

import { decide } from './decisions.mjs';
import { logIn } from './session.mjs';
import { ask } from './token.mjs';

export const STATES = {
    'login': (page) => page.to('/console/login'),
    'login, wrong key': async (page) => {
        await page.to('/console/login');
        await page.getByLabel('Key of administrators').fill('wrong');
        await page.getByRole('button', { name: 'Log in' }).click();
        await page.getByRole('alert').waitFor();
    },
    'no such page': (page) => page.to('/console/nothing'),
    'token': guarded((page) => page.to('/console/token?room=standup&host=meet.example.com')),
    'token, nothing pasted': guarded(async (page) => {
        await page.to('/console/token');
        await ask(page, { token: 'nothing', at: 'soon' });
    }),
    'token, denied': guarded(async (page, { denied, at }) => {
        await page.to('/console/token');
        await ask(page, { token: denied, at, tenant: 'acme' });
    }),
    'token, allowed': guarded(async (page, { allowed, at }) => {
        await page.to('/console/token');
        await ask(page, { token: allowed, at });
        await page.getByText('Copy as text for a ticket').first().click();
    }),
    'token, long words': guarded(async (page, { long, at }) => {
        await page.to('/console/token');
        await ask(page, { token: long, at, room: 'r'.repeat(200) });
    }),
    'joins': guarded((page) => page.to('/console/joins')),
    'joins, some': guarded(async (page, { base, apiKey, allowed, denied, long }) => {
        const questions = [allowed, denied, long].map((token) => ({ token, room: 'standup' }));
        await decide(base, apiKey, [...questions, { token: allowed, room: 'r'.repeat(200) }]);
        await page.to('/console/joins');
        await page.locator('#live').filter({ hasText: /^live/ }).waitFor();
        await page.getByRole('button', { name: 'Pause' }).click();
    }),
    'joins, filtered': guarded((page) => page.to('/console/joins?text=nobody')),
    'server': guarded((page) => page.to('/console/server')),
    'server, to be confirmed': guarded(async (page) => {
        await page.to('/console/server');
        await page.getByLabel('What').selectOption('tokens with a jti');
        await page.getByLabel('Its name').fill('a-token');
        await page.getByLabel('Why').fill('<b>lost</b>');
        await page.getByRole('button', { name: 'See what that means' }).click();
        await page.getByRole('heading', { name: 'Revoke this?' }).waitFor();
    }),
    'server, with revocations': guarded(async (page, { base, adminKey }) => {
        await revoke(base, adminKey, { jti: 'j'.repeat(200), reason: 'lost' });
        await revoke(base, adminKey, { user: 'ada', issued_before: 1_769_860_800 });
        await page.to('/console/server');
        await page.getByRole('table', { name: 'What is revoked' }).waitFor();
    }),
    'mint': guarded((page) => page.to('/console/mint')),
    'mint, made': guarded(async (page) => {
        await page.to('/console/mint');
        await page.getByLabel("User's name").fill('n'.repeat(200));
        await page.getByRole('button', { name: 'Make a token' }).click();
        await page.locator('#minted').waitFor();
    }),
};

function guarded(reach) {
    return async (page, site) => {
        await logIn(page, site.adminKey);
        await reach(page, site);
    };
}

async function revoke(base, key, body) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
    await fetch(`${base}/v1/revocations`, { method: 'POST', headers, body: JSON.stringify(body) });
}
