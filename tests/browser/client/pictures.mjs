// Pictures for documents: made, or held against those that are there.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';

// Letters are drawn a little differently from machine to machine.
const MOST_DIFFERENT = 0.04;
// Without transparency, and packed as well as can be.
const SMALL = { colorType: 2, deflateLevel: 9, deflateStrategy: 0, filterType: 0 };

// Takes the picture of a page, and writes it, or says how it differs from the one that is kept.
export async function keep(page, { path, height, update, output, hint }) {
    await page.setViewportSize({ width: 1280, height });
    await page.evaluate(() => {
        document.activeElement?.blur();
        window.scrollTo(0, 0);
    });
    const taken = await page.screenshot({ animations: 'disabled', caret: 'hide' });
    if (update) {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, PNG.sync.write(PNG.sync.read(taken), SMALL));
        return;
    }
    const [kept, now] = [PNG.sync.read(await readFile(path)), PNG.sync.read(taken)];
    const size = ({ width, height }) => `${width} x ${height}`;
    assert.equal(size(kept), size(now), `${path} has another size: ${hint}`);
    const different = pixelmatch(kept.data, now.data, null, now.width, now.height, { threshold: 0.2 });
    const share = different / (now.width * now.height);
    if (share <= MOST_DIFFERENT) return;
    const beside = join(output, 'now.png');
    await mkdir(output, { recursive: true });
    await writeFile(beside, taken);
    assert.fail(`${path} is out of date, ${(share * 100).toFixed(1)} % of it is different in ${beside}: ${hint}`);
}

// Puts other words in place of those that differ from run to run.
export async function settle(page, replacements) {
    await page.evaluate((all) => {
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const node = texts.currentNode;
            node.data = all.reduce((text, [pattern, words]) => text.replace(new RegExp(pattern, 'g'), words), node.data);
        }
    }, replacements);
}
