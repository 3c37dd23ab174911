// Pages for everybody.

import { isReachedByKeyboard, looksRight, prints, saysWithoutColour, skipsToContent } from '../accessible.mjs';
import { STATES } from '../states.mjs';

export default async function accessible({ open, watch, states, ...site }) {
    watch.allow(/status of 40[034]/);
    for (const name of states) {
        const page = await open();
        await STATES[name](page, site);
        await looksRight(page, name);
        await saysWithoutColour(page, name);
        await prints(page, name);
        await isReachedByKeyboard(page, name);
        await skipsToContent(page);
        await page.context().close();
    }
}
