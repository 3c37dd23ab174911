// What makes a page usable by everybody, whatever they see it with.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [1280, 360];
const FOCUSABLE = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';

// Looks at a page as it stands in light and dark, wide and narrow.
export async function looksRight(page, name) {
    await page.evaluate(AXE);
    for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        for (const width of WIDTHS) {
            await page.setViewportSize({ width, height: 800 });
            assert.deepEqual(await violations(page), [], `${name}, ${colorScheme}, ${width} px`);
            assert.deepEqual(await overflow(page), [], `${name} is wider than ${width} px`);
        }
    }
    await page.emulateMedia({ colorScheme: null });
    await page.setViewportSize({ width: 1280, height: 800 });
}

async function violations(page) {
    const { violations: found } = await page.evaluate(() => window.axe.run());
    const told = ({ html, failureSummary }) => `${html}: ${failureSummary}`;
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(told).join('; ')}`);
}

// What makes the page itself wider than the window.
function overflow(page) {
    return page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        if (scrollWidth <= clientWidth) return [];
        const isWide = (element) => element.getBoundingClientRect().right > clientWidth + 1 && !element.closest('.scroll');
        const wide = [...document.querySelectorAll('main *, header *')].filter(isWide);
        return [`${scrollWidth} > ${clientWidth}`, ...wide.map(({ outerHTML }) => outerHTML.slice(0, 120))];
    });
}

// Goes through a page with the tabulator: it comes to everything that can be used, in order, and one sees where it is.
export async function isReachedByKeyboard(page, name) {
    await beginAgain(page);
    const wanted = await page.evaluate(markAll, FOCUSABLE);
    const reached = [];
    for (let pressed = 0; pressed <= wanted.length; pressed += 1) {
        await page.keyboard.press('Tab');
        const { number, outline, html } = await page.evaluate(focused);
        if (number === null || reached.includes(number)) break;
        assert.ok(outline, `${name}: nobody sees that ${html} has the focus`);
        reached.push(number);
    }
    const missing = wanted.filter((_, number) => !reached.includes(number));
    assert.deepEqual(missing, [], `${name}: this is not reached`);
    const sorted = [...reached].sort((a, b) => a - b);
    assert.deepEqual(reached, sorted, `${name}: the order is another one than on the page`);

    function markAll(selector) {
        const all = [...document.querySelectorAll(selector)];
        const usable = all.filter((element) => !element.disabled && element.checkVisibility({ visibilityProperty: true }));
        usable.forEach((element, number) => (element.dataset.testNumber = number));
        return usable.map((element) => element.outerHTML.slice(0, 160));
    }

    function focused() {
        const element = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const number = element.dataset.testNumber;
        return {
            number: number === undefined ? null : Number(number),
            outline: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
            html: element.outerHTML.slice(0, 160),
        };
    }
}

// Has the tabulator go on from the beginning.
async function beginAgain(page) {
    await page.evaluate(() => {
        const start = document.createElement('span');
        start.tabIndex = -1;
        document.body.prepend(start);
        start.focus();
    });
}

// The first thing that the tabulator comes to leads past everything that is on all pages.
export async function skipsToContent(page) {
    await beginAgain(page);
    await page.keyboard.press('Tab');
    const skip = page.locator('a.skip');
    assert.ok(await skip.evaluate((element) => element === document.activeElement));
    const { x } = await skip.boundingBox();
    assert.ok(x >= 0, 'it is seen once it has the focus');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.id === 'content');
}

// On paper there is what the page is about, in black, and nothing to press.
export async function prints(page, name) {
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const shown = await page.evaluate(() => {
        const isShown = (element) => element.checkVisibility();
        const pressed = [...document.querySelectorAll('header nav, header form, .skip, button, .actions, main nav')];
        const { color, backgroundColor } = getComputedStyle(document.body);
        return {
            heading: isShown(document.querySelector('h1')),
            pressed: pressed.filter(isShown).map(({ outerHTML }) => outerHTML.slice(0, 120)),
            color,
            backgroundColor,
        };
    });
    const black = { heading: true, pressed: [], color: 'rgb(0, 0, 0)', backgroundColor: 'rgb(255, 255, 255)' };
    assert.deepEqual(shown, black, name);
    await page.emulateMedia({ media: null, colorScheme: null });
}

// Colours of the person's own choice: nothing is said by colour alone.
export async function saysWithoutColour(page, name) {
    await page.emulateMedia({ forcedColors: 'active' });
    const wordless = await page.evaluate(() => {
        const coloured = [...document.querySelectorAll('.good, .bad, .doubtful, .mark, svg [fill], svg [class]')];
        const inChart = (element) => element.closest('svg');
        return coloured
            .filter((element) => !inChart(element) && element.checkVisibility() && !/\p{L}|!/u.test(element.textContent))
            .map(({ outerHTML }) => outerHTML.slice(0, 120));
    });
    assert.deepEqual(wordless, [], name);
    for (const chart of await page.locator('svg').all()) {
        const told = await chart.evaluate((element) => ({
            role: element.getAttribute('role'),
            hidden: element.getAttribute('aria-hidden'),
            text: element.textContent + (element.getAttribute('aria-label') ?? '') + (element.getAttribute('aria-labelledby') ?? ''),
        }));
        assert.ok(told.hidden === 'true' || (told.role === 'img' && told.text), `${name}: a chart says nothing`);
    }
    await page.emulateMedia({ forcedColors: null });
}
