// Pages of somebody else, which try what a page can try. One is at another port of this machine: that is the same site, and
// browsers send the cookie along. The other one has another name. Neither gets to see anything, and nothing changes.

import assert from 'node:assert/strict';
import { request } from 'node:http';

import { Elsewhere } from '../elsewhere.mjs';
import { cookieOf, logIn } from '../session.mjs';

const POSTS = {
    '/console/login': { key: 'wrong', to: '/console/token' },
    '/console/logout': { form_token: 'guessed' },
    '/console/token': { token: 'a.b.c', host: 'meet.example.com' },
    '/console/server/revoke': { kind: 'jti', value: 'attacked', form_token: 'guessed', confirm: 'yes' },
    '/console/server/take-back': { id: '0123456789abcdef', form_token: 'guessed', confirm: 'yes' },
    '/console/mint': { host: 'meet.example.com', room: '*', form_token: 'guessed' },
};
const PAGES = ['/console/', '/console/token', '/console/joins', '/console/server', '/console/joins/live'];
const ASSETS = ['/console/assets/console.js', '/console/assets/console.css', '/console/assets/icon.svg'];

export default async function attack({ open, base, watch, adminKey, apiKey, logsIn }) {
    // What a page of somebody else is told in vain is of no concern.
    watch.allow(/./);
    const elsewhere = await Elsewhere.start();
    elsewhere.page('/', '<title>Elsewhere</title><p>Come in');
    const page = await open();
    if (logsIn) await logIn(page, adminKey);
    const cookie = await cookieOf(page);
    const revocations = () => taken(base, adminKey);
    const before = await revocations();
    try {
        for (const origin of [elsewhere.sameSite, elsewhere.crossSite]) {
            for (const tried of [forms, fetches, streams, frames, parts, windows]) {
                await tried(page, origin, base, () => answered(base, apiKey));
            }
        }
        await rebound(page, base);
        assert.deepEqual(await revocations(), before);
        assert.deepEqual(await cookieOf(page), cookie, 'the session is what it was');
        await page.to('/console/server');
        assert.equal(await page.locator('h1').textContent(), 'Server');
    } finally {
        elsewhere.stop();
    }
}

// Forms, with and without a word on where they come from.
async function forms(page, origin, base) {
    for (const [path, fields] of Object.entries(POSTS)) {
        for (const [policy, enctype] of [
            ['unsafe-url', 'application/x-www-form-urlencoded'],
            ['no-referrer', 'application/x-www-form-urlencoded'],
            ['unsafe-url', 'text/plain'],
        ]) {
            await page.goto(`${origin}/`);
            const answered = page.waitForResponse(`${base}${path}`);
            await page.evaluate(send, { action: `${base}${path}`, fields, policy, enctype });
            assert.equal((await answered).status(), 403, `${path} from ${origin}, ${policy}`);
            await page.waitForURL(`${base}${path}`);
        }
    }

    function send({ action, fields, policy, enctype }) {
        const head = document.head.appendChild(document.createElement('meta'));
        head.name = 'referrer';
        head.content = policy;
        const form = document.body.appendChild(document.createElement('form'));
        Object.assign(form, { method: 'post', action, enctype });
        for (const [name, value] of Object.entries(fields)) {
            Object.assign(form.appendChild(document.createElement('input')), { name, value });
        }
        form.submit();
    }
}

async function fetches(page, origin, base, answered) {
    await page.goto(`${origin}/`);
    const before = await answered();
    const readable = await page.evaluate(fetchAll, { base, posts: POSTS, pages: [...PAGES, ...ASSETS] });
    assert.deepEqual(readable, [], origin);
    const count = 2 * (Object.keys(POSTS).length + PAGES.length + ASSETS.length);
    const after = await answered();
    assert.ok(after['403'] >= (before['403'] ?? 0) + count, `${origin}: all of them came`);
    assert.deepEqual({ ...after, 403: 0 }, { ...before, 403: 0 }, `${origin}: none was done`);

    async function fetchAll({ base, posts, pages }) {
        const found = [];
        const tell = async (what, asked) => {
            try {
                const answer = await asked;
                if (answer.type !== 'opaque') found.push(`${what}: ${answer.status}`);
            } catch {
                // As it should be.
            }
        };
        for (const mode of ['cors', 'no-cors']) {
            for (const [path, fields] of Object.entries(posts)) {
                const asked = { method: 'POST', mode, credentials: 'include', body: new URLSearchParams(fields) };
                await tell(`${mode} ${path}`, fetch(`${base}${path}`, asked));
            }
            for (const path of pages) {
                await tell(`${mode} ${path}`, fetch(`${base}${path}`, { mode, credentials: 'include' }));
            }
        }
        navigator.sendBeacon(`${base}/console/logout`, new URLSearchParams({ form_token: 'guessed' }));
        return found;
    }
}

async function streams(page, origin, base) {
    await page.goto(`${origin}/`);
    const heardOf = await page.evaluate(listen, base);
    assert.deepEqual(heardOf, ['EventSource: error', 'WebSocket: error'], origin);

    async function listen(base) {
        const first = (source, name) =>
            new Promise((resolve) => {
                for (const kind of ['open', 'message', 'error']) {
                    source.addEventListener(kind, () => resolve(`${name}: ${kind}`));
                }
            });
        const live = `${base}/console/joins/live`;
        return [
            await first(new EventSource(live, { withCredentials: true }), 'EventSource'),
            await first(new WebSocket(live.replace('http', 'ws')), 'WebSocket'),
        ];
    }
}

async function frames(page, origin, base) {
    await page.goto(`${origin}/`);
    for (const element of ['iframe', 'object', 'embed']) {
        const addresses = [...PAGES.slice(0, 4), '/console/login'].map((path) => `${base}${path}?${element}`);
        const coming = addresses.map((address) => page.waitForResponse(address));
        await page.evaluate(show, { element, addresses });
        for (const answer of await Promise.all(coming)) {
            assert.equal(answer.status(), 403, `${answer.url()} in ${origin}`);
        }
    }
    for (const frame of page.frames().slice(1)) assert.ok(!(await frame.content()).includes('<main'), frame.url());

    function show({ element, addresses }) {
        for (const address of addresses) {
            const shown = document.createElement(element);
            shown[element === 'object' ? 'data' : 'src'] = address;
            document.body.append(shown);
        }
    }
}

async function parts(page, origin, base) {
    await page.goto(`${origin}/`);
    const loaded = await page.evaluate(loadAll, { base, paths: [...PAGES.slice(0, 4), ...ASSETS] });
    assert.deepEqual(loaded, [], origin);

    async function loadAll({ base, paths }) {
        const found = [];
        for (const path of paths) {
            for (const [element, name] of [
                ['script', 'src'],
                ['img', 'src'],
                ['link', 'href'],
                ['video', 'src'],
            ]) {
                const part = document.createElement(element);
                if (element === 'link') part.rel = 'stylesheet';
                const isLoaded = new Promise((resolve) => {
                    part.onload = part.onloadeddata = () => resolve(true);
                    part.onerror = () => resolve(false);
                });
                part[name] = `${base}${path}`;
                document.body.append(part);
                if (await isLoaded) found.push(`${element} ${path}`);
            }
        }
        return found;
    }
}

// A window shows its page to the person alone.
async function windows(page, origin, base) {
    for (const path of PAGES.slice(0, 4)) {
        await page.goto(`${origin}/`);
        const opening = page.waitForEvent('popup');
        await page.evaluate((address) => {
            window.opened = window.open(address);
        }, `${base}${path}`);
        const popup = await opening;
        await popup.locator('h1').waitFor();
        const seen = await page.evaluate(look);
        assert.deepEqual(seen, { isClosed: true, length: 0, text: null }, `${path} from ${origin}`);
        assert.equal(await popup.evaluate(() => window.opener), null);
        await popup.close();
    }

    function look() {
        let text = null;
        try {
            text = window.opened.document.body.textContent;
        } catch {
            // As it should be.
        }
        return { isClosed: window.opened.closed, length: window.opened.length, text };
    }
}

// A name of somebody else's that has come to lead here: the browser takes the page for one of that name.
async function rebound(page, base) {
    const { port } = new URL(base);
    for (const path of [...PAGES, ASSETS[0], '/console/login']) {
        const answer = await page.goto(`http://evil.localhost:${port}${path}`);
        assert.equal(answer.status(), 403, path);
        assert.match(await answer.text(), /server_names/);
        for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, `localhost.:${port}`]) {
            for (const headers of [{ host }, { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }]) {
                assert.equal(await statusOf(base, path, headers), 403, `${path} at ${host}`);
            }
        }
    }
}

// How often the console has answered with each status.
async function answered(base, key) {
    const metrics = await fetch(`${base}/metrics`, { headers: { authorization: `Bearer ${key}` } });
    const counts = (await metrics.text()).matchAll(/^prosody_tokend_requests_total\{endpoint="\/console",status="(\d+)"\} (\d+)$/gm);
    return Object.fromEntries([...counts].map(([, status, count]) => [status, Number(count)]));
}

function statusOf(base, path, headers) {
    return new Promise((resolve, reject) => {
        const asking = request(`${base}${path}`, { headers, setHost: false }, (answer) => {
            answer.resume();
            resolve(answer.statusCode);
        });
        asking.on('error', reject).end();
    });
}

// What is revoked; where there is no key of administrators nobody may know.
async function taken(base, key) {
    const answer = await fetch(`${base}/v1/revocations`, { headers: { authorization: `Bearer ${key}` } });
    return answer.json();
}
