// Pages with texts of strangers in them.

import assert from 'node:assert/strict';

// Nothing ran, and nothing is there that could be made to.
export async function harmless(page, text) {
    const found = await page.evaluate(() => ({
        hit: window.__hit,
        images: document.images.length,
        scripts: [...document.scripts].filter(({ src }) => !src.startsWith(`${location.origin}/console/assets/`)).length,
        handlers: [...document.querySelectorAll('*')]
            .flatMap((element) => element.getAttributeNames())
            .filter((name) => name.startsWith('on') || name === 'style'),
        elsewhere: [...document.querySelectorAll('a[href], form[action], link[href]')]
            .map((element) => element.href || element.action)
            .filter((address) => typeof address === 'string' && !address.startsWith(`${location.origin}/console`)),
        vectors: document.querySelectorAll('main svg[onload], main iframe, main object, main embed').length,
        invisible: /[\u202a-\u202e\u2066-\u2069]/u.test(document.body.textContent),
    }));
    assert.deepEqual(
        found,
        { hit: undefined, images: 0, scripts: 0, handlers: [], elsewhere: [], vectors: 0, invisible: false },
        `${page.url()} with ${text}`,
    );
}
